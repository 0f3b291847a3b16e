// One client of the AWS SDK for Go v2 that asks STS who it is, for SECONDS_TO_RUN seconds.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	seconds, err := strconv.Atoi(os.Getenv("SECONDS_TO_RUN"))
	check(err)
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	settings, err := config.LoadDefaultConfig(context.Background())
	check(err)
	client := sts.NewFromConfig(settings)
	for time.Now().Before(end) {
		identity, err := client.GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
		check(err)
		fmt.Println(*identity.Arn)
		time.Sleep(500 * time.Millisecond)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
