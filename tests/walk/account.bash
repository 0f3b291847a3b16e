# A local AWS account, and the home folder of its one user. Sourced by tests/walk/run and tests/picture/run, in the project's root.
# Each of them has a function close_terminal, which ends its terminal.

. tests/walk/venv.bash

# set_up: builds or takes the binary, starts moto, creates the account of world.py, and sets home, scratch and clean: the command
# that starts a program in the environment of a new user. All of it ends with the script, however the script ends.
set_up() {
    build
    make_venv
    scratch=$(mktemp -d)
    moto='' endpoint=''
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    home=$scratch/home
    mkdir "$home" "$scratch/bin" "$scratch/tmp"
    ln -s "$binary" "$scratch/bin/assume-env"
    start_moto
    # None of the caller's AWS variables, proxies or certificates gets in.
    clean=(env -i HOME="$home" PATH="$scratch/bin:$venv/bin:/usr/bin:/bin" TMPDIR="$scratch/tmp" TERM=xterm LANG=C.UTF-8
        TZ=Europe/Berlin AWS_ENDPOINT_URL="$endpoint")
    # shellcheck disable=SC2034 # for the script that sources this file
    made_at=$(date +%s)
    "${clean[@]}" python tests/walk/world.py
}

build() {
    binary=${ASSUME_ENV_BIN-}
    if [[ -z $binary ]]; then
        need gcc=cc libc6-dev=/usr/include/stdlib.h
        command -v cargo >/dev/null || give_up 'cargo is missing: install Rust with rustup'
        printf '\nBuilding the release binary.\n'
        cargo build --release --locked
        binary=${CARGO_TARGET_DIR:-$PWD/target}/release/assume-env
    fi
    binary=$(realpath -e -- "$binary")
}

# moto takes a free port and prints it. moto ends with this script, however the script ends.
start_moto() {
    : >"$scratch/moto.log"
    setpriv --pdeathsig TERM env -i TMPDIR="$scratch" "$venv/bin/moto_server" -H 127.0.0.1 -p 0 </dev/null &>>"$scratch/moto.log" &
    moto=$!
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        endpoint=$(grep -o 'http://127\.0\.0\.1:[0-9]*' "$scratch/moto.log") && return
        kill -0 "$moto" 2>/dev/null || break
        sleep 0.1
    done
    give_up 'moto did not start:' "$(<"$scratch/moto.log")"
}

clean_up() {
    close_terminal
    if [[ -n $moto ]]; then
        kill "$moto" 2>/dev/null || true
        wait "$moto" || true
    fi
    rm -rf "$scratch"
}

# give_up LINE...: says why the script cannot go on, and ends it.
give_up() {
    printf '%s\n' "$0: $1" "${@:2}" >&2
    exit 1
}
