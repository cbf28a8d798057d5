export * from "./components/args";
export type { ClientServer, ClientSettings } from "./components/clientSettings";
export { type DnsRecord, RecordPurpose } from "./components/dns/records";
export { MailServer } from "./components/mailServer";
