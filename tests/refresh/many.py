"""Sixty boto3 sessions at once, each of which asks for the keys of its own."""

from concurrent.futures import ThreadPoolExecutor

import boto3


def ask(_):
    return boto3.session.Session().client("sts").get_caller_identity()["Arn"]


# One first, because the loading of boto3's data is not what is tried here.
session = boto3.session.Session()
with ThreadPoolExecutor(60) as pool:
    arns = set(pool.map(ask, range(60)))
assert len(arns) == 1, arns
