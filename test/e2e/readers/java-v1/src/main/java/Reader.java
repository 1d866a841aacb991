import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.securitytoken.AWSSecurityTokenService;
import com.amazonaws.services.securitytoken.AWSSecurityTokenServiceClientBuilder;
import com.amazonaws.services.securitytoken.model.GetCallerIdentityRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

/**
 * An application that uses version 1 of the AWS SDK for Java with its default credentials and one client. It calls
 * GetCallerIdentity for each line of input.
 */
final class Reader {
  public static void main(String[] arguments) throws IOException {
    System.setProperty("aws.java.v1.disableDeprecationAnnouncement", "true");
    // This version does not know the variable of the endpoint.
    EndpointConfiguration endpoint =
        new EndpointConfiguration(System.getenv("AWS_ENDPOINT_URL_STS"), System.getenv("AWS_REGION"));
    AWSSecurityTokenService sts =
        AWSSecurityTokenServiceClientBuilder.standard().withEndpointConfiguration(endpoint).build();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    while (lines.readLine() != null) {
      System.out.println(whoAmI(sts).replaceAll("\\s+", " "));
    }
  }

  private static String whoAmI(AWSSecurityTokenService sts) {
    try {
      return sts.getCallerIdentity(new GetCallerIdentityRequest()).getArn();
    } catch (RuntimeException error) {
      return error.toString();
    }
  }
}
