# How Debian's packages for ppc64el are fetched: by apt, with a configuration of its own
# in target/debian/apt. Sourced after common.sh, not run. Root is not needed, nothing is
# installed on this machine, and signatures are checked with Debian's keyring as usual.

SUITE=${DEBIAN_SUITE:-trixie}
MIRROR=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
APT=$TARGET_DIR/debian/apt
# Seconds that apt may take for one step, network and all.
PATIENCE=600

need() { command -v "$1" >/dev/null || die "$1 is not there; it is in Debian's package $2"; }

configure_apt() {
    need apt-get apt
    need dpkg-deb dpkg
    [ -f "$KEYRING" ] || die "$KEYRING is not there; it is in the package debian-archive-keyring"
    mkdir -p "$APT"/{lists/partial,cache/archives/partial}
    : >"$APT/status"
    echo "deb [signed-by=$KEYRING] $MIRROR $SUITE main" >"$APT/sources.list"
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

# fetch_packages FOLDER NAME…: leaves these packages, and no others, in a folder.
fetch_packages() {
    local folder=$1
    shift
    configure_apt
    say "fetching the list of Debian $SUITE's packages for ppc64el from $MIRROR"
    apt update || no_network "fetching the list of packages"
    say "fetching $# packages: ${*:1:15}${16:+ …}"
    mkdir -p "$folder"
    (cd "$folder" && rm -f ./*.deb && apt download "$@") || no_network "fetching packages"
}
