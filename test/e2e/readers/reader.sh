#!/bin/sh
# An application that runs the AWS CLI: it calls GetCallerIdentity for each line of input.
while read -r _; do
  aws sts get-caller-identity --query Arn --output text 2>&1 | tr -s '\n' ' '
  echo
done
