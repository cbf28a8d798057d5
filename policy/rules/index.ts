import type { Rule } from "../rule";
import { dkimKeyAge, dkimKeySize } from "./dkim";
import { dmarc } from "./dmarc";
import { edgeFirewall } from "./edgeFirewall";
import { noCleartextLogin } from "./login";
import { mxAfterHost } from "./mx";
import { noOpenRelay } from "./relay";
import { ptrIsHelo } from "./reverse";
import { noPlainSecret } from "./secrets";
import { spf } from "./spf";
import { modernTls } from "./tls";

/** Every rule of the pack. */
export const rules: Rule[] = [
  noOpenRelay,
  modernTls,
  noCleartextLogin,
  noPlainSecret,
  spf,
  dmarc,
  dkimKeySize,
  dkimKeyAge,
  ptrIsHelo,
  mxAfterHost,
  edgeFirewall,
];
