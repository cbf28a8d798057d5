import type { ClientPort, ServicePort } from "./services/contributions";

type PortOfClients = ServicePort & { client: ClientPort };

/** The ports of mail programs, the preferred first: where mail is submitted, where it is read, and where its filters are kept. */
export function clientPorts(ports: ServicePort[]): Record<ClientPort["use"], PortOfClients[]> {
  const preferred = ports
    .filter((port): port is PortOfClients => port.client !== undefined)
    .sort((a, b) => a.client.priority - b.client.priority);
  return {
    outgoing: preferred.filter(({ client }) => client.use === "outgoing"),
    incoming: preferred.filter(({ client }) => client.use === "incoming"),
    filters: preferred.filter(({ client }) => client.use === "filters"),
  };
}
