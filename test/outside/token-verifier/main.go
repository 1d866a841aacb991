// Verifies EKS tokens with the verifier of aws-iam-authenticator, which EKS runs. Reads lines of JSON, a question each, and
// answers each with a line: an identity or an error. STS is replaced by a stub that checks signatures with the AWS SDK; nothing
// is sent to the network.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"sigs.k8s.io/aws-iam-authenticator/pkg/token"
)

// question asks to verify a token or, without one, for a token that aws-iam-authenticator itself creates.
type question struct {
	Token       string  `json:"token"`
	ClusterName string  `json:"clusterName"`
	Partition   string  `json:"partition"`
	Region      string  `json:"region"`
	Session     session `json:"session"`
}

// session is the only session that the STS stub knows.
type session struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SessionToken    string `json:"sessionToken"`
	Arn             string `json:"arn"`
	Account         string `json:"account"`
	UserID          string `json:"userId"`
}

type answer struct {
	Identity *token.Identity `json:"identity,omitempty"`
	Token    string          `json:"token,omitempty"`
	Error    string          `json:"error,omitempty"`
}

func main() {
	input := json.NewDecoder(os.Stdin)
	output := json.NewEncoder(os.Stdout)
	for {
		var asked question
		if err := input.Decode(&asked); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		if err := output.Encode(reply(asked)); err != nil {
			log.Fatal(err)
		}
	}
}

func reply(asked question) answer {
	if asked.Token == "" {
		return create(asked)
	}
	// The verifier has a client of its own, which uses the default transport.
	http.DefaultTransport = stubbedSTS{asked.Session}
	identity, err := token.NewVerifier(asked.ClusterName, asked.Partition, asked.Region).Verify(asked.Token)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Identity: identity}
}

func create(asked question) answer {
	generator, err := token.NewGenerator(false, false)
	if err != nil {
		return answer{Error: err.Error()}
	}
	client := sts.New(sts.Options{
		Region: asked.Region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return asked.Session.credentials(), nil
		}),
	})
	created, err := generator.GetWithSTS(asked.ClusterName, client)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Token: created.Token}
}

func (s session) credentials() aws.Credentials {
	return aws.Credentials{AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey, SessionToken: s.SessionToken}
}

// stubbedSTS answers GetCallerIdentity for one session.
type stubbedSTS struct{ session session }

func (stub stubbedSTS) RoundTrip(request *http.Request) (*http.Response, error) {
	if code := stub.refuse(request); code != "" {
		return respond(request, http.StatusForbidden, map[string]any{"Error": map[string]any{"Code": code}}), nil
	}
	return respond(request, http.StatusOK, map[string]any{
		"GetCallerIdentityResponse": map[string]any{
			"GetCallerIdentityResult": map[string]any{
				"Account": stub.session.Account, "Arn": stub.session.Arn, "UserId": stub.session.UserID,
			},
		},
	}), nil
}

// refuse returns the error code of STS, or "" for a request that the session signed.
func (stub stubbedSTS) refuse(request *http.Request) string {
	query := request.URL.Query()
	scope := strings.Split(query.Get("X-Amz-Credential"), "/")
	signedAt, err := time.Parse("20060102T150405Z", query.Get("X-Amz-Date"))
	if err != nil || len(scope) != 5 {
		return "IncompleteSignature"
	}
	if scope[0] != stub.session.AccessKeyID || query.Get("X-Amz-Security-Token") != stub.session.SessionToken {
		return "InvalidClientTokenId"
	}
	if age := time.Since(signedAt); age > 15*time.Minute || age < -5*time.Minute {
		return "SignatureDoesNotMatch: expired or not yet current"
	}
	// The Region of the host is in its second label; a host without one is the global STS, in us-east-1.
	region := "us-east-1"
	if request.URL.Host != "sts.amazonaws.com" {
		region = strings.Split(request.URL.Host, ".")[1]
	}
	signature, err := stub.sign(request, signedAt, region)
	if err != nil {
		return err.Error()
	}
	if signature != query.Get("X-Amz-Signature") {
		return "SignatureDoesNotMatch"
	}
	return ""
}

// sign returns the signature that the AWS SDK puts on the same request with the session's own key.
func (stub stubbedSTS) sign(received *http.Request, signedAt time.Time, region string) (string, error) {
	query := received.URL.Query()
	same := url.URL{Scheme: received.URL.Scheme, Host: received.URL.Host, Path: received.URL.Path}
	unsigned := url.Values{}
	for name, values := range query {
		switch name {
		case "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Signature", "X-Amz-SignedHeaders":
		default:
			unsigned[name] = values
		}
	}
	same.RawQuery = unsigned.Encode()
	request, err := http.NewRequest(received.Method, same.String(), nil)
	if err != nil {
		return "", err
	}
	for _, name := range strings.Split(query.Get("X-Amz-SignedHeaders"), ";") {
		if name != "host" {
			request.Header.Set(name, received.Header.Get(name))
		}
	}
	const emptyBody = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	signed, _, err := v4.NewSigner().PresignHTTP(
		context.Background(), stub.session.credentials(), request, emptyBody, "sts", region, signedAt)
	if err != nil {
		return "", err
	}
	parsed, err := url.Parse(signed)
	if err != nil {
		return "", err
	}
	return parsed.Query().Get("X-Amz-Signature"), nil
}

func respond(request *http.Request, status int, body map[string]any) *http.Response {
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprint("response of STS: ", err))
	}
	return &http.Response{
		Request: request, StatusCode: status, Body: io.NopCloser(bytes.NewReader(encoded)),
		Header: http.Header{"Content-Type": {"application/json"}},
	}
}
