# How Debian's packages for ppc64el are fetched: by apt, with a configuration of its own
# in target/debian/apt. Sourced after common.sh, not run. Root is not needed, nothing is
# installed on this machine, and signatures are checked with Debian's keyring as usual.

# Debian's suites, in the order in which they are asked for a package. A server may be
# behind its own list, most often when a point release is new: what it has not of one
# suite is taken from the next, whose libraries run the older programs as well.
SUITES=${DEBIAN_SUITES:-trixie forky}
MIRROR=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
APT=$TARGET_DIR/debian/apt
# Seconds that apt may take for one step, network and all.
PATIENCE=600

need() { command -v "$1" >/dev/null || die "$1 is not there; it is in Debian's package $2"; }

# configure_apt SUITE
configure_apt() {
    need apt-get apt
    need dpkg-deb dpkg
    [ -f "$KEYRING" ] || die "$KEYRING is not there; it is in the package debian-archive-keyring"
    mkdir -p "$APT"/{lists/partial,cache/archives/partial}
    : >"$APT/status"
    echo "deb [signed-by=$KEYRING] $MIRROR $1 main" >"$APT/sources.list"
    cat >"$APT/apt.conf" <<END
APT::Architecture "ppc64el";
APT::Architectures { "ppc64el"; };
APT::Sandbox::User "";
Dir::State::Lists "$APT/lists";
Dir::State::status "$APT/status";
Dir::Cache "$APT/cache";
Dir::Etc::SourceList "$APT/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::http::Timeout "20";
Acquire::Retries "2";
END
}

# With our configuration, and no longer than we are patient. apt-get update ends well
# when it could fetch nothing, unless it is told not to.
apt() { APT_CONFIG=$APT/apt.conf timeout "$PATIENCE" apt-get -qq -o APT::Update::Error-Mode=any "$@" >&2; }

no_network() { die "$1 from $MIRROR failed: is there a network? See apt's message above; DEBIAN_MIRROR=URL asks another server"; }

# update_list SUITE: has apt know the packages of this suite, and of no other.
update_list() {
    configure_apt "$1"
    say "fetching the list of Debian $1's packages for ppc64el from $MIRROR"
    apt update || no_network "fetching the list of packages"
}

# missing FOLDER NAME…: those of these packages that are not in the folder.
missing() {
    local folder=$1 name
    for name in "${@:2}"; do
        compgen -G "$folder/${name}_*.deb" >/dev/null || echo "$name"
    done
}

# download FOLDER NAME…: those that the server has. Fails if one is missing then.
download() {
    (cd "$1" && apt download "${@:2}") || [ -z "$(missing "$@")" ]
}

# fetch_packages FOLDER NAME…: leaves these packages, and no others, in a folder.
fetch_packages() {
    local folder=$1 suite wanted=("${@:2}")
    rm -rf "$folder"
    mkdir -p "$folder"
    for suite in $SUITES; do
        update_list "$suite"
        say "fetching ${#wanted[@]} packages: ${wanted[*]:0:15}${wanted[15]:+ …}"
        if download "$folder" "${wanted[@]}"; then return; fi
        mapfile -t wanted < <(missing "$folder" "${wanted[@]}")
        say "the server has not: ${wanted[*]}"
    done
    no_network "fetching packages"
}
