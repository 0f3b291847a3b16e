"""One boto3 client that asks STS who it is, for SECONDS_TO_RUN seconds."""

import os
import time

import boto3

end = time.monotonic() + float(os.environ["SECONDS_TO_RUN"])
sts = boto3.client("sts")
while time.monotonic() <= end:
    print(sts.get_caller_identity()["Arn"], flush=True)
    time.sleep(0.5)
