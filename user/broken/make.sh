#!/bin/sh
# Writes executables that are broken, each in one way, for the exec suite:
#     make.sh DIRECTORY [little|big]
# enoexec-* must be refused with ENOEXEC, and so on; dies-* may be refused or may run and
# die; runs-* must run.
set -eu
dir=$1
order=${2:-little}
mkdir -p "$dir"

# word SIZE VALUE: the number in SIZE bytes, in the order of the machine.
word() {
    i=0
    while [ "$i" -lt "$1" ]; do
        if [ "$order" = little ]; then shift_by=$((8 * i)); else shift_by=$((8 * ($1 - 1 - i))); fi
        if [ "$shift_by" -ge 64 ]; then byte=0; else byte=$((($2 >> shift_by) & 255)); fi
        printf "\\$(printf %03o "$byte")"
        i=$((i + 1))
    done
}

# What a good file would have; each case below changes one of them.
defaults() {
    magic='\177ELF' class=2 type=2 machine=21 phoff=64 phentsize=56 phnum=1
    entry=$((0x10000078)) offset=0 vaddr=$((0x10000000)) filesz=128 memsz=128 flags=5 size=128
}

# emit NAME: the header (64 bytes), one PT_LOAD (56), one illegal instruction.
emit() {
    data=1
    [ "$order" = little ] || data=2
    {
        printf "$magic\\00$class\\00$data\\001\\000\\000\\000\\000\\000\\000\\000\\000\\000"
        word 2 "$type"; word 2 "$machine"; word 4 1
        word 8 "$entry"; word 8 "$phoff"; word 8 0
        word 4 2; word 2 64; word 2 "$phentsize"; word 2 "$phnum"; word 2 0; word 2 0; word 2 0
        word 4 1; word 4 "$flags"; word 8 "$offset"; word 8 "$vaddr"; word 8 "$vaddr"
        word 8 "$filesz"; word 8 "$memsz"; word 8 4096
        word 8 0
    } | head -c "$size" >"$dir/$1"
    chmod 755 "$dir/$1"
    defaults
}

# interpreted NAME PATH [PATH]: the same with one PT_INTERP, or two, each with a path and
# a 0; `ends` is what comes in place of that 0. What runs finds it on argcheck's list.
ends='\000'
interpreted() {
    data=1
    [ "$order" = little ] || data=2
    name=$1
    shift
    {
        printf "$magic\\00$class\\00$data\\001\\000\\000\\000\\000\\000\\000\\000\\000\\000"
        word 2 "$type"; word 2 "$machine"; word 4 1
        word 8 "$entry"; word 8 64; word 8 0
        word 4 2; word 2 64; word 2 56; word 2 $((1 + $#)); word 2 0; word 2 0; word 2 0
        word 4 1; word 4 5; word 8 0; word 8 "$vaddr"; word 8 "$vaddr"
        word 8 $((64 + 56 * (1 + $#))); word 8 4096; word 8 4096
        at=$((64 + 56 * (1 + $#)))
        for path; do
            word 4 3; word 4 4; word 8 "$at"; word 8 0; word 8 0
            word 8 $((${#path} + 1)); word 8 $((${#path} + 1)); word 8 1
            at=$((at + ${#path} + 1))
        done
        for path; do printf "%s$ends" "$path"; done
    } >"$dir/$name"
    chmod 755 "$dir/$name"
    defaults
}

defaults
size=0;                                    emit enoexec-empty
size=3;                                    emit enoexec-three-bytes
size=40;                                   emit enoexec-half-a-header
size=70;                                   emit enoexec-half-a-program-header
magic='\177ELG';                           emit enoexec-wrong-magic
magic='#!\012\012';                          emit enoexec-script-for-nobody
class=1;                                   emit enoexec-32-bit
machine=62;                                emit enoexec-other-machine
type=1;                                    emit enoexec-object-file
phnum=0;                                   emit enoexec-no-program-headers
phnum=65535;                               emit enoexec-too-many-program-headers
phentsize=8;                               emit enoexec-small-program-headers
phoff=$((1 << 40));                        emit enoexec-program-headers-far-away
phoff=-8;                                  emit enoexec-program-headers-wrap-around
filesz=129;                                emit dies-file-ends-early
offset=-4096;                              emit dies-offset-wraps-around
memsz=64;                                  emit dies-memory-smaller-than-file
memsz=-1;                                  emit dies-memory-without-end
memsz=$((1 << 50));                        emit dies-memory-too-large
vaddr=$((0x10000800));                     emit dies-address-not-as-offset
vaddr=0 entry=$((0x78));                   emit dies-at-address-zero
# 0xc000000000400000, which has no positive form here.
vaddr=-4611686018423193600;                emit dies-in-the-kernel
vaddr=-4096;                               emit dies-at-the-last-page
entry=$((0x20000000));                     emit dies-entry-is-nowhere
entry=$((0x10000079));                     emit dies-entry-is-odd
flags=6;                                   emit dies-entry-is-data
                                           emit dies-illegal-first-instruction

# A program that another one loads: it is the other one that is run first.
vaddr=$((0x30000000)) entry=$((0x30000078)); interpreted runs-interpreted /bin/argcheck
type=3 vaddr=0 entry=$((0x78));            interpreted runs-movable /bin/argcheck
                                           interpreted enoent-no-interpreter /no/such/file
                                           interpreted eacces-interpreter-is-a-directory /bin
                                           interpreted eacces-interpreter-is-no-file /dev/null
                                           interpreted elibbad-interpreter-is-broken /broken/enoexec-half-a-header
                                           interpreted elibbad-interpreter-of-other-machine /broken/enoexec-other-machine
                                           interpreted einval-two-interpreters /bin/argcheck /bin/argcheck
ends=x;                                    interpreted enoexec-interpreter-without-end /bin/argcheck
ends='\000'
                                           interpreted enoexec-interpreter-without-name ''
type=3 vaddr=0 entry=$((0x10000000));      emit enoexec-movable-entry-is-nowhere
