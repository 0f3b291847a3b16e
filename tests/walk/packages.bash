# Debian packages that a script needs. Sourced by tests/run and tests/walk/run.

# need PACKAGE=PROBE...: installs the packages whose probe fails: a command's name, a file's full path, or a command with
# arguments. When it cannot install, it names them and ends the script: a test that quietly leaves something out is worth
# nothing.
need() {
    local pair missing=()
    for pair in "$@"; do
        present "${pair#*=}" || missing+=("${pair%%=*}")
    done
    ((${#missing[@]})) || return 0
    if [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
        echo "installing with apt-get: ${missing[*]}"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq >/dev/null &&
            apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null &&
            return 0
    fi
    printf '%s: missing packages: %s\n' "${0##*/}" "${missing[*]}" >&2
    printf '  to install them: sudo apt-get install %s\n' "${missing[*]}" >&2
    exit 1
}

present() {
    local words
    case $1 in
        /*) [[ -e $1 ]] ;;
        *' '*) read -ra words <<<"$1" && "${words[@]}" &>/dev/null ;;
        *) command -v "$1" >/dev/null ;;
    esac
}
