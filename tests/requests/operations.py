"""What is asked of the services: each operation as the AWS CLI's words and as a call of boto3.

Global and regional services, all protocols, and at least one operation for each setting that changes a request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

#: What became of an operation, by the name of a field.
Outcome = dict[str, str]

ACCESS_POINT = "arn:aws:s3:us-west-2:123456789012:accesspoint/point"
MULTI_REGION = "arn:aws:s3::123456789012:accesspoint/several.mrap"
EXPRESS = "bucket--use1-az4--x-s3"


@dataclass(frozen=True)
class Call:
    """A method of boto3's client, and what the AWS CLI is given for it: words, or none for what boto3 alone does."""

    service: str
    method: str
    words: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)


def _call(service: str, method: str, words: str = "", **parameters: Any) -> Call:
    return Call(service, method, tuple(words.split()), parameters)


def _metric(length: int) -> list[dict[str, Any]]:
    return [{"MetricName": "m" * 200, "Value": number} for number in range(length)]


class Operation(Enum):
    """By the name that a difference is shown with."""

    list_buckets = _call("s3", "list_buckets", "s3 ls")
    put_object = _call(
        "s3", "put_object", "s3api put-object --bucket bucket --key key", Bucket="bucket", Key="key", Body=b"content"
    )
    get_object = _call("s3", "get_object", Bucket="bucket", Key="key")
    access_point = _call("s3", "get_object", Bucket=ACCESS_POINT, Key="key")
    multi_region = _call("s3", "get_object", Bucket=MULTI_REGION, Key="key")
    express = _call("s3", "get_object", Bucket=EXPRESS, Key="key")
    who = _call("sts", "get_caller_identity", "sts get-caller-identity")
    tables = _call("dynamodb", "list_tables")
    failing_limits = _call("dynamodb", "describe_limits")
    failing_settings = _call("lambda", "get_account_settings", "lambda get-account-settings")
    regions = _call("ec2", "describe_regions")
    users = _call("iam", "list_users", "iam list-users")
    zones = _call("route53", "list_hosted_zones")
    few_metrics = _call("cloudwatch", "put_metric_data", Namespace="n", MetricData=_metric(5))
    many_metrics = _call("cloudwatch", "put_metric_data", Namespace="n", MetricData=_metric(100))
    instances = _call("servicediscovery", "discover_instances", NamespaceName="n", ServiceName="s")
    wrong_parameter = _call("sts", "get_access_key_info", AccessKeyId="x")


#: What is performed for a configuration whose settings change no request.
FEW = Operation.who, Operation.list_buckets


def sdk(operation: Operation, client: Callable[[str], Any]) -> Outcome:
    """Performs it with boto3."""
    call = operation.value
    try:
        getattr(client(call.service), call.method)(**call.parameters)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"error": "-"}
