import type { Rule } from "../rule";
import { noNullCipher } from "./ciphers";
import { dkimKeyAge, dkimKeySize } from "./dkim";
import { dmarc } from "./dmarc";
import { edgeFirewall } from "./edgeFirewall";
import { fromIsLogin } from "./from";
import { guessersAreBanned } from "./guessers";
import { incomingIsJudged } from "./incoming";
import { noCleartextLogin } from "./login";
import { mxAfterHost } from "./mx";
import { loginNeedsPassword } from "./password";
import { clientStaysPrivate } from "./privacy";
import { noOpenRelay } from "./relay";
import { ptrIsHelo } from "./reverse";
import { noPlainSecret } from "./secrets";
import { senderIsLogin } from "./sender";
import { noSmuggling } from "./smuggling";
import { spf } from "./spf";
import { strangersAreLimited } from "./strangers";
import { modernTls } from "./tls";

/** Every rule of the pack. */
export const rules: Rule[] = [
  noOpenRelay,
  senderIsLogin,
  fromIsLogin,
  clientStaysPrivate,
  noSmuggling,
  incomingIsJudged,
  strangersAreLimited,
  guessersAreBanned,
  loginNeedsPassword,
  noCleartextLogin,
  modernTls,
  noNullCipher,
  noPlainSecret,
  spf,
  dmarc,
  dkimKeySize,
  dkimKeyAge,
  ptrIsHelo,
  mxAfterHost,
  edgeFirewall,
];
