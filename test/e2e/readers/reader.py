"""An application that uses boto3 with its default settings and one client. It calls GetCallerIdentity for each line of input."""

import sys

import boto3

sts = boto3.client("sts")
for _ in sys.stdin:
    try:
        answer = sts.get_caller_identity()["Arn"]
    except Exception as error:
        answer = f"{type(error).__name__}: {error}"
    print(" ".join(answer.split()), flush=True)
