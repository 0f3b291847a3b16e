// One client of the AWS SDK for JavaScript v3 that asks STS who it is, for SECONDS_TO_RUN seconds.
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const end = Date.now() + 1000 * Number(process.env.SECONDS_TO_RUN);
const client = new STSClient({});
while (Date.now() < end) {
    const identity = await client.send(new GetCallerIdentityCommand({}));
    console.log(identity.Arn);
    await new Promise((done) => setTimeout(done, 500));
}
