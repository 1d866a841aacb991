import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.sts.StsClient;

/**
 * An application that uses the AWS SDK for Java as it comes, with one client for its whole life: at each line it is sent,
 * it asks AWS who it is.
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
    } catch (SdkException error) {
      return error.toString();
    }
  }
}
