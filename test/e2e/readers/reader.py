"""An application that uses boto3 as it comes, with one client for its whole life: at each line it is sent, it asks AWS who it is."""

import sys

import boto3

sts = boto3.client("sts")
for _ in sys.stdin:
    try:
        answer = sts.get_caller_identity()["Arn"]
    except Exception as error:
        answer = f"{type(error).__name__}: {error}"
    print(" ".join(answer.split()), flush=True)
