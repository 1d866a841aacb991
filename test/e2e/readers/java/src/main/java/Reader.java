import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import software.amazon.awssdk.services.sts.StsClient;

/**
 * An application that uses the AWS SDK for Java with its default settings and one client. It calls GetCallerIdentity
 * for each line of input.
 */
final class Reader {
  public static void main(String[] arguments) throws IOException {
    try (StsClient sts = StsClient.create();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in))) {
      while (lines.readLine() != null) {
        System.out.println(whoAmI(sts).replaceAll("\\s+", " "));
      }
    }
  }

  private static String whoAmI(StsClient sts) {
    try {
      return sts.getCallerIdentity().arn();
    } catch (RuntimeException error) {
      // Not only SdkException: credential_process fails with an IllegalStateException.
      return error.toString();
    }
  }
}
