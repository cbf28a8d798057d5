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
