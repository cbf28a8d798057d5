import { PolicyPack } from "@pulumi/policy";
import { policyOf } from "./policyOf";
import { dkimKeyAge, dkimKeySize } from "./rules/dkim";
import { dmarc } from "./rules/dmarc";
import { edgeFirewall } from "./rules/edgeFirewall";
import { noCleartextLogin } from "./rules/login";
import { mxAfterHost } from "./rules/mx";
import { noOpenRelay } from "./rules/relay";
import { reverseName } from "./rules/reverse";
import { noPlainSecret } from "./rules/secrets";
import { spf } from "./rules/spf";
import { modernTls } from "./rules/tls";

new PolicyPack("pulumi-mailserver", {
  enforcementLevel: "mandatory",
  policies: [
    noOpenRelay,
    modernTls,
    noCleartextLogin,
    noPlainSecret,
    spf,
    dmarc,
    dkimKeySize,
    dkimKeyAge,
    reverseName,
    mxAfterHost,
    edgeFirewall,
  ].map(policyOf),
});
