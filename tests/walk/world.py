"""Makes the walk's little AWS account in an empty moto, and the home folder of the one user in it.

Comes in: AWS_ENDPOINT_URL (moto, on loopback) and HOME (empty). Goes out: a user who may do nothing but assume one
role, the role with full S3 access and a trust that names the user, the buckets, and ~/.aws/config with the user's key.
The secret goes into that file alone: it is never printed. At the end moto enforces IAM, from then on for everyone.
"""

import json
import os
import urllib.request

import boto3

USER = "alice"
ROLE = "assumeS3Full"
SESSION = "alice@laptop"
BUCKETS = ("holiday-photos", "invoices-2026", "www.example.com")

CONFIG = """\
[profile base]
aws_access_key_id = {AccessKeyId}
aws_secret_access_key = {SecretAccessKey}

[profile s3]
role_arn = {role_arn}
source_profile = base
role_session_name = {session}
duration_seconds = 1000
region = eu-central-1
"""


def policy(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def create_account(client):
    """Returns the role's ARN and the user's access key."""
    iam, s3 = client("iam"), client("s3")
    user_arn = iam.create_user(UserName=USER)["User"]["Arn"]
    role_arn = iam.create_role(
        RoleName=ROLE,
        AssumeRolePolicyDocument=policy(Principal={"AWS": user_arn}, Action="sts:AssumeRole"),
    )["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=ROLE, PolicyName="s3-full", PolicyDocument=policy(Action="s3:*", Resource="*")
    )
    iam.put_user_policy(
        UserName=USER,
        PolicyName="assume-only",
        PolicyDocument=policy(Action="sts:AssumeRole", Resource=role_arn),
    )
    for name in BUCKETS:
        s3.create_bucket(Bucket=name)
    return role_arn, iam.create_access_key(UserName=USER)["AccessKey"]


def write_config(role_arn, key):
    folder = os.path.expanduser("~/.aws")
    os.mkdir(folder, mode=0o700)
    config = os.open(os.path.join(folder, "config"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(config, "w") as file:
        file.write(CONFIG.format(role_arn=role_arn, session=SESSION, **key))


def enforce_iam(endpoint):
    """From the next call on, every signature and permission is checked. The body is plain text, or moto takes it for a form."""
    urllib.request.urlopen(
        urllib.request.Request(
            endpoint + "/moto-api/reset-auth", data=b"0", headers={"Content-Type": "text/plain"}
        )
    ).close()


def main():
    anyone = boto3.Session(aws_access_key_id="setup", aws_secret_access_key="setup", region_name="us-east-1")
    write_config(*create_account(anyone.client))
    enforce_iam(os.environ["AWS_ENDPOINT_URL"])


if __name__ == "__main__":
    main()
