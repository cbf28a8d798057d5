import { describe, expect, test } from "vitest";
import { noNullCipher } from "../../../policy/rules/ciphers";
import { file, said } from "./fixtures";

/** The files that name ciphers, each with one list. */
const places: [string, (list: string) => ReturnType<typeof file>][] = [
  ["main.cf: tls_high_cipherlist =", (list) => file("/etc/postfix/main.cf", `tls_high_cipherlist = ${list}\n`)],
  [
    "master.cf, 2525: tls_medium_cipherlist =",
    (list) => file("/etc/postfix/master.cf", `2525 inet n - y - - smtpd -o { tls_medium_cipherlist = ${list} }\n`),
  ],
  ["dovecot.conf: ssl_cipher_list =", (list) => file("/etc/dovecot/dovecot.conf", `ssl_cipher_list = ${list}\n`)],
  ["/etc/nginx/x: ssl_ciphers", (list) => file("/etc/nginx/x", `server {\n  ssl_ciphers ${list};\n}\n`)],
];

describe.each(places)("%s", (place, written) => {
  test.each([
    ["HIGH:eNULL", "eNULL"],
    ["ALL:COMPLEMENTOFALL", "COMPLEMENTOFALL"],
    ["HIGH+aNULL", "HIGH+aNULL"],
    ["ECDHE+AESGCM:NULL-SHA256", "NULL-SHA256"],
    ["AECDH-AES256-SHA:ADH-AES256-GCM-SHA384", "AECDH-AES256-SHA, ADH-AES256-GCM-SHA384"],
    ["HIGH:-eNULL:eNULL", "eNULL"],
    ["HIGH:+eNULL:EXPORT:!MD5", "EXPORT"],
    ["HIGH:RC4:@SECLEVEL=0", "RC4, @SECLEVEL=0"],
  ])("weak TLS with %s is found", (list, left) => {
    expect(said(noNullCipher, [written(list)])).toEqual([
      expect.stringContaining(`${place} ${list}; leave out ${left}`),
    ]);
  });

  test.each([
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384",
    "HIGH:!aNULL:!eNULL:!MD5:!RC4",
    "aNULL:-aNULL:HIGH:@STRENGTH",
    "eNULL:HIGH:!eNULL",
    "@SECLEVEL=2:ECDHE+AESGCM",
  ])("strong TLS with %s is left alone", (list) => {
    expect(said(noNullCipher, [written(list)])).toEqual([]);
  });
});

test.each(["null", "low", "export", ""])("a grade of Postfix that may be without encryption is found: %j", (grade) => {
  const main = file("/etc/postfix/main.cf", `smtpd_tls_mandatory_ciphers = ${grade}\nsmtp_tls_ciphers = medium\n`);
  expect(said(noNullCipher, [main])).toEqual([
    `main.cf: smtpd_tls_mandatory_ciphers = ${grade || "(none)"}; make it high`,
  ]);
});
