import type { MachineModel } from "../model";

/** A TCP port that is open to the world. */
export interface OpenPort {
  number: number;
  /** What it is for: the service as in the IANA registry. */
  service: string;
}

/** Every port that the machine listens on for the world. */
export function openPorts({
  ports,
  sshPorts,
  additionalTcpPorts,
}: Pick<MachineModel, "ports" | "sshPorts" | "additionalTcpPorts">): OpenPort[] {
  return [
    ...sshPorts.map((number) => ({ number, service: "ssh" })),
    ...ports.filter(({ offered }) => offered).map(({ number, name }) => ({ number, service: name })),
    ...additionalTcpPorts.map((number) => ({ number, service: "added" })),
  ].sort((a, b) => a.number - b.number);
}

/** Those that are open by IPv6: without it the mail services do not listen there, but an administrator may still come in by SSH. */
export function openPortsV6(model: MachineModel): OpenPort[] {
  const ports = openPorts(model);
  return model.ipv6 ? ports : ports.filter(({ service }) => service === "ssh");
}
