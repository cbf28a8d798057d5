export * from "./components/args";
export type { AutoconfigUrls, ClientServer, ClientSettings } from "./components/clientSettings";
export {
  type CaaParameters,
  type DnsRecord,
  DnsRecordType,
  RecordPurpose,
  type SrvParameters,
  type TlsaParameters,
} from "./components/dns/record";
export type { SshEndpoint } from "./components/host/connection";
export { MailDns } from "./components/mailDns";
export { MailHost } from "./components/mailHost";
export { MailServer } from "./components/mailServer";
