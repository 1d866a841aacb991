// An application that uses the AWS SDK for Go with its default settings and one client. It calls GetCallerIdentity for
// each line of input.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	ctx := context.Background()
	configuration, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		panic(err)
	}
	client := sts.NewFromConfig(configuration)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println(strings.Join(strings.Fields(whoAmI(ctx, client)), " "))
	}
}

func whoAmI(ctx context.Context, client *sts.Client) string {
	identity, err := client.GetCallerIdentity(ctx, nil)
	if err != nil {
		return err.Error()
	}
	return *identity.Arn
}
