export * from "./components/args";
export type { AutomaticSettings, ClientServer, ClientSettings } from "./components/clientSettings";
export { type DnsRecord, RecordPurpose } from "./components/dns/records";
export type { HostAccess } from "./components/host/connection";
export { MailServer } from "./components/mailServer";
