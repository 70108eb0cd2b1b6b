# Pipelines of find, sort, uniq, sed and awk over a tree of files, and what they count.
# shells: busybox dash bash-static bash

cd /tmp || exit

# A tree of 5 * 8 files, each of some lines that a small generator makes up.
awk 'BEGIN {
    words = split("page frame segment table group key alias fault fork copy", word)
    for (folder = 1; folder <= 5; folder++) for (file = 1; file <= 8; file++) {
        path = sprintf("tree/%d/%s.%s", folder, word[file], file % 3 ? "txt" : "log")
        print "@" path
        for (line = 1; line <= 20 + file * folder; line++) {
            state = (state * 1103515245 + 12345) % 2147483648
            first = 1 + int(state / 65536) % words
            state = (state * 1103515245 + 12345) % 2147483648
            second = 1 + int(state / 65536) % words
            print word[first], word[second], line
        }
    }
}' >plan
sed -n 's/^@\(.*\)\/[^/]*$/\1/p' plan | sort -u | xargs mkdir -p
while read -r line; do
    case $line in
    @*) exec 3>"${line#@}" ;;
    *) echo "$line" >&3 ;;
    esac
done <plan
exec 3>&-

echo "files by suffix:"
find tree -type f | sed 's/.*\.//' | sort | uniq -c | awk '{ print $2, $1 }'

echo "the folders, and how many files are in each:"
find tree -mindepth 1 -type d | sort | while read -r folder; do
    printf '%s %s\n' "$folder" "$(find "$folder" -type f | wc -l)"
done

echo "words, the most frequent first:"
find tree -name '*.txt' -print0 | sort -z | xargs -0 cat | awk '{ print $1; print $2 }' |
    sort | uniq -c | sort -k1,1nr -k2 | awk '{ printf "%-8s %d\n", $2, $1 }'

echo "pairs that come more than twelve times:"
find tree -type f -exec cat {} + | cut -d' ' -f1,2 | sort | uniq -c | awk '$1 > 12 { print $2, $3 }' | sort

echo "lines in each file of folder 3:"
(cd tree/3 && for file in *; do awk 'END { print FILENAME, NR }' "$file"; done)

echo "the largest three:"
find tree -type f -size +0 | sort | xargs wc -c | grep -v total | sort -k1,1nr -k2 | head -n 3 | awk '{ print $1, $2 }'

echo "edited in place:"
find tree/1 -name '*.log' -exec sed -i -e 's/fork/FORK/g' -e '1i\
# edited' {} \;
grep -c FORK tree/1/*.log
head -qn 2 tree/1/*.log 2>/dev/null || for file in tree/1/*.log; do head -n 2 "$file"; done

echo "empty files and folders go:"
mkdir -p tree/empty/deeper && : >tree/2/nothing
find tree -type f -empty | sort
find tree -type f -empty -exec rm {} +
find tree -depth -type d -empty -exec rmdir {} \;
find tree | sort | tail -n 4

echo "the whole tree's words:"
find tree -type f | sort | xargs cat | tr ' ' '\n' | sort | uniq | tr '\n' ' ' | cut -c1-60
touch -d @1000000000 plan
find tree -type f -newer plan | sort | xargs cat | md5sum
