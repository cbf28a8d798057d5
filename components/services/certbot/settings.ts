import { argsObject } from "../../declaration";
import { address, domainName, input, matching, pattern, secretInput } from "../../schemaFields";

const externalAccount = argsObject(
  "ExternalAccountArgs",
  "An account with an authority itself, outside ACME, as its web site or command line gives it (`EAB`). Needed when the ACME account is opened.",
  {
    keyId: input(pattern(/^[!-~]+$/, "is not a key identifier; give the one that the authority gave (EAB KID)")).meta({
      description: "Key identifier (`EAB KID`).",
    }),
    hmacKey: secretInput((text) =>
      /^[A-Za-z0-9_-]{16,}={0,2}$/.test(text)
        ? undefined
        : "must be base64url of 12 bytes or more, as the authority gave it (EAB HMAC key)",
    ).meta({ description: "MAC key (`EAB HMAC Key`), base64url. Always kept as a secret." }),
  },
);

const acme = argsObject("AcmeArgs", "An ACME authority.", {
  directoryUrl: matching(
    /^https:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?(\/[A-Za-z0-9._~/-]*)?$/,
    "is not the URL of an ACME directory; allowed is https://HOST/PATH",
  )
    .default("https://acme-v02.api.letsencrypt.org/directory")
    .meta({ description: "Directory of the authority." }),
  email: address.optional().meta({ description: "Address that the authority may write to.", default: "none" }),
  caaIdentity: domainName.optional().meta({
    description:
      "The authority's name in CAA records (RFC 8659 section 4.2). The authority must know the parameters `accounturi` and `validationmethods` " +
      "(RFC 8657).",
    default:
      "follows from `directoryUrl` for Let's Encrypt, ZeroSSL, Sectigo, SSL.com, Buypass and Google; no CAA record for others",
    example: "letsencrypt.org",
  }),
  externalAccount: externalAccount.optional().meta({
    description:
      "The account with the authority itself that the ACME account is bound to (RFC 8555 section 7.3.4). ZeroSSL, Sectigo, SSL.com and Google " +
      "demand one.",
    default: "none",
  }),
});

const certificate = argsObject("CertificateArgs", "The server's TLS certificate. Exactly one member.", {
  acme: acme.optional().meta({
    description:
      "A certificate from an ACME authority (RFC 8555), proved by HTTP-01 on port 80 and renewed by the machine itself.",
  }),
});

export const certbotSettings = {
  common: {
    certificate: certificate.prefault({ acme: {} }).meta({
      description: "The server's TLS certificate.",
      default: "Let's Encrypt: `{ acme: {} }`",
    }),
  },
};
