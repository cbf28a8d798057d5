import type { MachineModel, MailDomain } from "../../model";
import { tlsCiphers, tlsGroups, tlsVersions } from "../../tls";
import { webCertificatePath } from "../paths";
import { loginNameMark } from "./outlook";
import { webPaths } from "./urls";

/** What is served, one folder a domain. */
export const documents = "/var/www/pulumi-mailserver";

/** Where a part of nginx that only nginx asks puts login names into answers. Privileged, so that no user of the machine can take it first. */
const answersAddress = "127.0.0.1:442";

/** The whole of nginx.conf: files of a few domains on 443, each with its own certificate, and nothing for whoever asks for another name. */
export function nginxConf(model: MachineModel): string {
  const domains = model.domains.filter(({ webNames }) => webNames.length > 0);
  const blocks = [
    nobody(model),
    ...domains.flatMap((domain) => servers(model, domain)),
    ...(domains.some(({ enableAutoconfig }) => enableAutoconfig) ? [answers] : []),
  ];
  return `user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log stderr error;

events {
}

http {
  access_log off;
  server_tokens off;
  server_names_hash_bucket_size 512;
  server_names_hash_max_size 4096;
  types {
  }
  default_type text/plain;

  ssl_protocols ${tlsVersions.join(" ")};
  ssl_ciphers ${tlsCiphers};
  ssl_prefer_server_ciphers on;
  ssl_ecdh_curve ${tlsGroups(model.platform).join(":")};
  ssl_session_tickets off;

${blocks.map(indented).join("\n\n")}
}
`;
}

function indented(block: string): string {
  return block.replace(/^(?=.)/gm, "  ");
}

function listen(model: MachineModel, rest: string): string {
  const addresses = model.ipv6 ? ["443", "[::]:443"] : ["443"];
  return addresses.map((address) => `  listen ${address} ${rest};`).join("\n");
}

/** No certificate, so no handshake. */
function nobody(model: MachineModel): string {
  return `server {
${listen(model, "ssl default_server")}
  ssl_reject_handshake on;
}`;
}

/** Nothing is served without TLS at these names (RFC 6797), and no type is guessed. */
const headers = `  add_header Strict-Transport-Security "max-age=31536000" always;
  add_header X-Content-Type-Options nosniff always;`;

function servers(model: MachineModel, domain: MailDomain): string[] {
  const { name, mtaSts, enableAutoconfig } = domain;
  const server = (host: string, locations: string[]) => `server {
${listen(model, "ssl")}
  server_name ${host}.${name};
  ssl_certificate ${webCertificatePath(name)};
  ssl_certificate_key ${webCertificatePath(name)};
  root ${documents}/${name};
${headers}

${[...locations, "location / {\n  return 404;\n}"].map(indented).join("\n")}
}`;
  return [
    ...(enableAutoconfig
      ? [
          server("autoconfig", [
            file(`= ${webPaths.thunderbird}`, "config-v1.1.xml", "application/xml"),
            file(`= /.well-known/autoconfig${webPaths.thunderbird}`, "config-v1.1.xml", "application/xml"),
            file(`= ${webPaths.apple}`, "email.mobileconfig", "application/x-apple-aspen-config"),
          ]),
          server("autodiscover", [autodiscover(name)]),
        ]
      : []),
    ...(mtaSts ? [server("mta-sts", [file(`= ${webPaths.mtaSts}`, "mta-sts.txt", "text/plain")])] : []),
  ];
}

function file(location: string, name: string, type: string): string {
  return `location ${location} {
  default_type ${type};
  try_files /${name} =404;
}`;
}

/**
 * Outlook writes the path in upper and lower case, posts a question and wants its address back in the answer. The question is read for
 * the header only; what is asked of `answers` is the file.
 */
function autodiscover(domain: string): string {
  return `location ~* ^/autodiscover/autodiscover\\.xml$ {
  client_max_body_size 16k;
  client_body_buffer_size 16k;
  client_body_in_single_buffer on;
  rewrite ^ /${domain}/autodiscover.xml break;
  proxy_pass http://${answersAddress};
  proxy_method GET;
  proxy_pass_request_headers off;
  proxy_pass_request_body off;
  proxy_set_header Content-Length "";
  proxy_set_header Login-Name $login_name;
}`;
}

/** An address that looks like a mailbox's is repeated, and nothing else that a client may send. */
const answers = `map $request_body $login_name {
  "~*<EMailAddress>\\s*(?<address>[a-z0-9][a-z0-9._=-]*@[a-z0-9.-]+)\\s*</EMailAddress>" $address;
}

server {
  listen ${answersAddress};
  root ${documents};
  default_type application/xml;
  sub_filter_types application/xml;
  sub_filter_once off;
  sub_filter '${loginNameMark}' $login_element;
}

map $http_login_name $login_element {
  "~." "<LoginName>$http_login_name</LoginName>";
}`;
