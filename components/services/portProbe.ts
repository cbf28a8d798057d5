import type { MachineModel } from "../model";
import type { Probe } from "../role";
import type { ServicePort } from "./contributions";
import { paths } from "./paths";

/** That a port greets as its protocol does and, where TLS begins at once, shows the server's certificate. */
export function portProbe(
  { hostname }: Pick<MachineModel, "hostname">,
  { number, tls, dialogue }: ServicePort,
  greeting = dialogue?.greeting,
): Probe {
  const at = tls === "implicit" ? { tls: true, name: hostname, pemPath: paths.certificate } : { tls: false };
  return { port: { port: number, ...at, greeting } };
}
