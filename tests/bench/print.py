#!/usr/bin/env python3
"""What one AssumeRole over https costs: assume-env beside /bin/true and curl, interleaved in random order.

    cargo build --release --locked && tests/bench/print.py [RUNS]

A canned STS on loopback answers over TLS 1.3 with a P-256 certificate of an authority that is made on the fly and stands at
the end of a copy of the system's CA bundle. Nothing is asserted: the table is for a person. Needs openssl, curl, time.
"""
import datetime
import os
import random
import re
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.join(TOP, "target/release/assume-env")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
SEED = 7
CONFIG = """[profile base]
aws_access_key_id = AKIAFAKEFAKEFAKEFAKE
aws_secret_access_key = fake
[profile role]
role_arn = arn:aws:iam::123456789012:role/bench
source_profile = base
role_session_name = bench
"""
ANSWER = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser>
<AssumedRoleId>AROAFAKEFAKEFAKEFAKE:bench</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/bench/bench</Arn>
</AssumedRoleUser><Credentials><AccessKeyId>ASIAFAKEFAKEFAKEFAKE</AccessKeyId><SecretAccessKey>fake</SecretAccessKey>
<SessionToken>%s</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult>
<ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata></AssumeRoleResponse>"""


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def certificates(folder):
    """An authority, a leaf for this machine, and the system's bundle with the authority in it."""
    ca, ca_key, leaf, key, request, names = (
        os.path.join(folder, name) for name in ("ca.pem", "ca.key", "leaf.pem", "leaf.key", "leaf.csr", "names")
    )
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", ca_key, "-out", ca, "-days", "2", "-subj", "/CN=bench authority")
    openssl("req", *curve, "-keyout", key, "-out", request, "-subj", "/CN=localhost")
    with open(names, "w", encoding="ascii") as file:
        file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2", "-extfile", names, "-out", leaf)
    bundle = os.path.join(folder, "bundle.pem")
    with open(bundle, "w", encoding="utf-8") as out:
        for path in (BUNDLE, ca):
            with open(path, encoding="utf-8") as part:
                out.write(part.read())
    return leaf, key, bundle


def serve(listener, leaf, key):
    """The canned STS, in a process of its own that the parent ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf, key)
    expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    body = (ANSWER % ("fake" * 100, expires.strftime("%Y-%m-%dT%H:%M:%SZ"))).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    while True:
        plain, _ = listener.accept()
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with context.wrap_socket(plain, server_side=True) as connection:
                request = b""
                while b"\r\n\r\n" not in request:
                    request += connection.recv(65536)
                length = int((re.search(rb"(?i)content-length: (\d+)", request) or [0, 0])[1])
                while len(request.split(b"\r\n\r\n", 1)[1]) < length:
                    request += connection.recv(65536)
                connection.sendall(head + body)
                connection.recv(1)
        except OSError:
            pass


def measure(cases, env, runs):
    """Wall and CPU time of each run in milliseconds, all cases shuffled together."""
    null = os.open("/dev/null", os.O_RDWR)
    seen = {name: [] for name in cases}
    order = [name for name in cases for _ in range(runs)]
    random.Random(SEED).shuffle(order)
    for name in [*cases, *order]:
        begin = time.perf_counter()
        actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)]
        pid = os.posix_spawn(cases[name][0], cases[name], env, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - begin
        if status:
            sys.exit(f"{name} failed: {status}")
        seen[name].append((wall * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3))
    # The first run of each only warms the page cache.
    return {name: runs[1:] for name, runs in seen.items()}


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as home:
        leaf, key, bundle = certificates(home)
        os.mkdir(os.path.join(home, ".aws"))
        with open(os.path.join(home, ".aws/config"), "w", encoding="ascii") as file:
            file.write(CONFIG)
        listener = socket.create_server(("127.0.0.1", 0))
        url = f"https://localhost:{listener.getsockname()[1]}"
        server = os.fork()
        if server == 0:
            serve(listener, leaf, key)
        env = {"PATH": "/usr/bin:/bin", "HOME": home, "USER": "bench", "AWS_ENDPOINT_URL": url, "AWS_CA_BUNDLE": bundle}
        cases = {
            "/bin/true": ["/bin/true"],
            "assume-env --version": [BINARY, "--version"],
            "assume-env role": [BINARY, "role"],
            "assume-env role -- true": [BINARY, "-q", "role", "--", "/bin/true"],
            "curl": ["/usr/bin/curl", "-s", "--cacert", bundle, "-o", "/dev/null", url + "/"],
        }
        try:
            seen = measure(cases, env, runs)
            print(f"{runs} runs each, seed {SEED}, {os.path.getsize(BINARY) / 1e6:.1f} MB binary\n")
            print("| case | wall, median ms | minimum | CPU, median ms | peak KiB |\n|---|---|---|---|---|")
            for name, values in seen.items():
                wall, cpu = ([value[i] for value in values] for i in (0, 1))
                # time(1) starts it from a small process: our own memory would count as the child's otherwise.
                peak = subprocess.run(["/usr/bin/time", "-f", "%M", *cases[name]], env=env, capture_output=True, text=True, check=True)
                print(f"| {name} | {statistics.median(wall):.2f} | {min(wall):.2f} | {statistics.median(cpu):.2f} | {peak.stderr.split()[-1]} |")
        finally:
            os.kill(server, 15)
            os.waitpid(server, 0)


main()
