"""Corrects ministack where AWS differs. Python loads this file when ministack starts."""

import json

from ministack.core import iam_actions, iam_evaluator

_resolve = iam_evaluator._resolve_condition_key
_tag_context = iam_actions.request_tag_context


def _resolve_as_aws(key, context):
    """AWS gives the ARN of the role of a session as aws:PrincipalArn, not of the session (IAM user guide)."""
    if key.lower() == "aws:principalarn":
        from ministack.services.eks import _role_arn_from_assumed_role

        return _role_arn_from_assumed_role(context.principal_arn) or context.principal_arn
    return _resolve(key, context)


def _context_as_aws(service, action, body, parameters):
    """AWS gives the sources and detail types of all entries of PutEvents (service authorization reference)."""
    keys = _tag_context(service, action, body, parameters)
    if action != "events:PutEvents":
        return keys
    entries = json.loads(body)["Entries"]
    return {
        **keys,
        "events:source": [entry["Source"] for entry in entries],
        "events:detail-type": [entry["DetailType"] for entry in entries],
    }


iam_evaluator._resolve_condition_key = _resolve_as_aws
iam_actions.request_tag_context = _context_as_aws
