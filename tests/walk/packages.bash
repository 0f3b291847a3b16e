# The packages that a script needs, by their names in Debian, which are those of Ubuntu too. Sourced by tests/run and the scripts that run alone.

# need PACKAGE=PROBE...: installs the packages whose probe fails: a command's name, a file's full path, or a command with
# arguments. When it cannot install, or a probe still fails afterwards, it names them and ends the script: a test that quietly
# leaves something out is worth nothing.
need() {
    local missing=()
    find_missing "$@"
    ((${#missing[@]})) || return 0
    if [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
        echo "installing with apt-get: ${missing[*]}"
        export DEBIAN_FRONTEND=noninteractive
        if apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
            find_missing "$@"
            ((${#missing[@]})) || return 0
            printf '%s: installed, but what is needed of them is still missing: %s\n' "${0##*/}" "${missing[*]}" >&2
            exit 1
        fi
    fi
    printf '%s: missing packages: %s\n' "${0##*/}" "${missing[*]}" >&2
    how_to_install "${missing[@]}" >&2
    exit 1
}

# find_missing PACKAGE=PROBE...: sets missing to the packages whose probe fails.
find_missing() {
    local pair
    missing=()
    for pair in "$@"; do
        present "${pair#*=}" || missing+=("${pair%%=*}")
    done
}

# The name of this system in /etc/os-release, such as debian or ubuntu.
system_id() {
    # shellcheck disable=SC1091 # a file of the system
    (. /etc/os-release 2>/dev/null && printf '%s' "${ID-}")
}

# The Chromium of the tests. Ubuntu's packages of that name install a snap, which needs snapd and has no access to the folders of a test.
# Its package of QtWebEngine contains Chromium too, and tests/support/webengine.py shows a page with it.
need_chromium() {
    if [[ $(system_id) == ubuntu && ! -e /usr/bin/chromium ]]; then
        need 'python3-pyqt6.qtwebengine=/usr/bin/python3 -c __import__("PyQt6.QtWebEngineCore")'
    else
        need chromium=chromium
    fi
}

# how_to_install PACKAGE...: the command of this system, and what the system does not have as a package.
how_to_install() {
    local manager='' name command none=() names=()
    for name in apt-get dnf pacman apk; do
        if command -v "$name" >/dev/null; then manager=$name && break; fi
    done
    case $manager in
        apt-get) command='apt-get install' ;;
        dnf) command='dnf install' ;;
        pacman) command='pacman -S --needed' ;;
        apk) command='apk add' ;;
        *)
            echo '  these are the names of Debian; install them with the package manager of this system'
            return
            ;;
    esac
    for name in "$@"; do
        name=$(name_in "$manager" "$name")
        case $name in
            none:*) none+=("${name#none:}") ;;
            *) names+=("$name") ;;
        esac
    done
    if ((${#names[@]})); then printf '  to install them: sudo %s %s\n' "$command" "${names[*]}"; fi
    if ((${#none[@]})); then printf '  this system has no package of: %s\n' "${none[*]}"; fi
}

# Debian's names in the words of dnf, pacman and apk; `-` means that there is no such package. A name that is not here is the same everywhere.
OTHER_NAMES='
bsdutils util-linux util-linux util-linux-misc
faketime libfaketime libfaketime libfaketime
gcc-aarch64-linux-gnu gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc -
ksh ksh - -
libc6-dev glibc-devel glibc musl-dev
mksh mksh - mksh
musl-dev musl-libc-static musl musl-dev
npm nodejs-npm npm npm
python3-venv python3 python python3
shellcheck ShellCheck shellcheck shellcheck
yash - - yash
'

# name_in MANAGER PACKAGE: the name there, or none:PACKAGE.
name_in() {
    local debian dnf pacman apk name=$2
    while read -r debian dnf pacman apk; do
        [[ $debian == "$2" ]] || continue
        case $1 in
            dnf) name=$dnf ;;
            pacman) name=$pacman ;;
            apk) name=$apk ;;
        esac
        [[ $name != - ]] || name=none:$2
    done <<<"$OTHER_NAMES"
    printf '%s' "$name"
}

present() {
    local words
    case $1 in
        *' '*) read -ra words <<<"$1" && "${words[@]}" &>/dev/null ;;
        /*) [[ -e $1 ]] ;;
        *) command -v "$1" >/dev/null ;;
    esac
}
