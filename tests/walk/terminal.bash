# A person at a terminal: a fresh bash on a pseudo-terminal of its own, and checks on what it shows. Sourced by tests/walk/run.

# Starts a command in the environment that the shell is to have: `env -i` and its variables.
clean=()

# What the shell does: takes a line, runs it as if typed, and reports the end and the exit status between marks that no
# program prints. The marks travel with the output, so what a command shows is known exactly, standard error included.
MARK=$'\036'
# shellcheck disable=SC2016 # expanded by the shell on the terminal
AT_THE_PROMPT='stty -echo; printf "\036"; while IFS= read -r line; do eval "$line"; printf "\036%d\036" "$?"; done'

passed=0
failed=0
typed='' seen='' status=''
terminal_pid='' screen='' keyboard=''

# Opens a new terminal in place of the one before.
terminal() {
    close_terminal
    coproc TERMINAL { exec "${clean[@]}" script -qefc "exec bash --noprofile --norc -c ${AT_THE_PROMPT@Q}" /dev/null 2>&1; }
    terminal_pid=$!
    screen=${TERMINAL[0]}
    keyboard=${TERMINAL[1]}
    await _
}

close_terminal() {
    [[ -n $terminal_pid ]] || return 0
    exec {keyboard}>&-
    kill "$terminal_pid" 2>/dev/null || true
    wait "$terminal_pid" || true
    terminal_pid=''
}

# Reads up to the next mark into the variable named.
await() {
    IFS= read -r -t 120 -d "$MARK" -u "$screen" "$1" && return
    printf 'walk: no answer from the terminal to: %s\n' "$typed" >&2
    exit 1
}

# type_in COMMAND: types it, shows it with what it prints, and keeps both for the checks that follow.
type_in() {
    typed=$1
    printf '\n$ %s\n' "$typed"
    printf '%s\n' "$typed" >&"$keyboard"
    await seen
    await status
    seen=$(plain <<<"$seen")
    [[ -z $seen ]] || printf '%s\n' "$seen"
}

# A terminal's text as it stands on the screen in the end: a line that was wiped or drawn over is gone.
plain() {
    sed -e 's/\r*$//' -e 's/.*\r//' -e 's/\x1b\[[0-9;?]*[A-Za-z]//g'
}

exits() {
    judge "exit status $1" "$1" "$status" [ "$status" -eq "$1" ]
}

fails() {
    judge 'exit status not 0' 'not 0' "$status" [ "$status" -ne 0 ]
}

shows() {
    local text
    for text in "$@"; do
        judge "shows $text" "$text" "$seen" contains "$text"
    done
}

hides() {
    local text
    for text in "$@"; do
        judge "no $text" "no $text" "$seen" lacks "$text"
    done
}

# prints TEXT: exactly this and nothing else.
prints() {
    judge "prints exactly that" "$1" "$seen" [ "$seen" = "$1" ]
}

contains() { [[ $seen == *"$1"* ]]; }
lacks() { [[ $seen != *"$1"* ]]; }

# judge WHAT EXPECTED SEEN TEST...
judge() {
    if "${@:4}"; then
        passed=$((passed + 1))
        printf '    ok: %s\n' "$1"
    else
        failed=$((failed + 1))
        printf '    FAILED: %s\n' "$1"
        printf '      expected: %s\n' "${2//$'\n'/$'\n'                }"
        printf '      seen:     %s\n' "${3//$'\n'/$'\n'                }"
    fi
}
