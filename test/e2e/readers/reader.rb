# An application that uses the AWS SDK for Ruby with its default settings and one client. It calls GetCallerIdentity for each line
# of input.
require "aws-sdk-core"

# Older versions of the SDK ignore the variable.
sts = Aws::STS::Client.new(endpoint: ENV.fetch("AWS_ENDPOINT_URL_STS"))
$stdin.each_line do
  answer = begin
    sts.get_caller_identity.arn
  rescue StandardError => error
    "#{error.class}: #{error.message}"
  end
  puts answer.split.join(" ")
  $stdout.flush
end
