# The Python of the AWS CLI, boto3 and moto. Sourced by tests/walk/account.bash and tests/compare/run, in the project's root.

venv=$PWD/target/walk-venv

# make_venv: installs what tests/walk/requirements.txt pins, unless it is there already.
make_venv() {
    need 'python3-venv=python3 -m ensurepip --version' tzdata=/usr/share/zoneinfo/Europe/Berlin
    cmp -s tests/walk/requirements.txt "$venv/installed" && return
    printf '\n%s\n' "Installing the AWS CLI, boto3 and moto into ${venv#"$PWD/"}, as tests/walk/requirements.txt pins them."
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r tests/walk/requirements.txt
    cp tests/walk/requirements.txt "$venv/installed"
}
