import { type FunctionType, failure, type ResourceType } from "../standIn";
import { isObject, type Values } from "../values";
import { notFound, type OvhApi, OvhError, type OvhState, type OvhVps } from "./api";

const COMPUTED = ["cluster", "iam", "memoryLimit", "model", "monitoringIpBlocks", "name", "offerType", "order"];

/** Inputs whose change the API takes in place and without a word, though the first two wipe the disk. */
const REINSTALLS = ["imageId", "publicSshKey"];

/**
 * `ovh.vps.Vps`: a machine that creating orders and pays for, that some updates wipe, and that deleting terminates. It has no output
 * with its addresses.
 */
export function vps(api: OvhApi): ResourceType {
  return {
    token: "ovh:Vps/vps:Vps",
    secrets: [],
    computed: [...COMPUTED, "serviceName", "state", "vcore", "zone"],
    replaceOn: ["ovhSubsidiary"],
    check(inputs) {
      api.logIn();
      const keyAlone = inputs.publicSshKey !== undefined && inputs.imageId === undefined;
      return {
        inputs,
        failures: failure("publicSshKey", !keyAlone, "needs imageId: a key is installed with the system or not at all"),
      };
    },
    same: (_property, before, after) => after === undefined && before !== undefined,
    async create(inputs) {
      const planCode = plan(inputs).planCode;
      const delivered = api.call("POST", "/order/cart/lab/checkout", (state) => {
        const next = state.stock.shift();
        if (typeof planCode !== "string") throw new OvhError(400, "A plan is needed to order a VPS");
        if (next === undefined) throw new OvhError(400, `No default payment mean found to order ${planCode}`);
        state.orders += 1;
        const { serviceName, ...machine } = next;
        state.vps[serviceName] = machine;
        return serviceName;
      });
      return { id: delivered, outputs: changed(api, delivered, inputs, {}) };
    },
    async read(state, { id }) {
      const found = api.account.state().vps[id];
      api.call("GET", `/vps/${id}`, () => undefined);
      if (found === undefined) return undefined;
      const { displayName, netbootMode, keymap, slaMonitoring } = found;
      const known = Object.fromEntries(
        ["ovhSubsidiary", "plans", ...REINSTALLS].flatMap((name) =>
          state[name] === undefined ? [] : [[name, state[name]]],
        ),
      );
      return {
        id,
        inputs: { displayName, netbootMode, keymap, slaMonitoring, ...known },
        outputs: outputs(id),
      };
    },
    async update(before, inputs, { id }) {
      return changed(api, id, inputs, before);
    },
    async delete(_state, { id }) {
      api.call("POST", `/vps/${id}/terminate`, (state) => {
        machine(state, id);
        delete state.vps[id];
      });
    },
  };
}

/** `ovh.vps.getVps`: a machine of the account. For one that is not there the original answers with nothing but the name asked for. */
export function getVps(api: OvhApi): FunctionType {
  return {
    token: "ovh:Vps/getVps:getVps",
    async call({ serviceName }) {
      const name = String(serviceName);
      const found = api.call("GET", `/vps/${name}`, ({ vps }) => vps[name]);
      if (found === undefined) return { id: "", serviceName: name };
      const ips = api.call("GET", `/vps/${name}/ips`, () => found.ips);
      return {
        id: name,
        serviceName: name,
        name,
        VpsURN: `urn:v1:eu:resource:vps:${name}`,
        displayname: found.displayName,
        // A set in no order that a program could rely on.
        ips: [...ips].reverse(),
        netbootmode: found.netbootMode,
        keymap: found.keymap,
        slamonitoring: found.slaMonitoring,
        cluster: "",
        zone: "Region OpenStack: os-lab1",
        state: "running",
        vcore: 1,
        memory: 2048,
        offertype: "ssd",
        model: { name: "vps-le-2-2-40", offer: "VPS vps2020-le-2-2-40", version: "2019v1" },
        type: "vps_ssd_2019v1",
        datacenter: { name: "lab", longname: "the lab" },
      };
    },
  };
}

/** What creating and updating do beyond ordering. A new image, or a new key in it, is a new disk. */
function changed(api: OvhApi, serviceName: string, inputs: Values, before: Values): Values {
  api.call("PUT", `/vps/${serviceName}`, (state) => {
    const found = machine(state, serviceName);
    const { displayName, netbootMode, keymap, slaMonitoring } = { ...found, ...(inputs as Partial<OvhVps>) };
    Object.assign(found, { displayName, netbootMode, keymap, slaMonitoring });
  });
  if (inputs.imageId !== undefined && REINSTALLS.some((name) => inputs[name] !== before[name])) {
    api.call("POST", `/vps/${serviceName}/rebuild`, (state) => {
      const found = machine(state, serviceName);
      Object.assign(found, { imageId: inputs.imageId, installations: found.installations + 1 });
    });
  }
  return outputs(serviceName);
}

function machine(state: OvhState, serviceName: string): OvhVps {
  return state.vps[serviceName] ?? notFound("This service does not exist");
}

function plan({ plans }: Values): Values {
  const first = Array.isArray(plans) ? plans[0] : undefined;
  return isObject(first) ? first : {};
}

function outputs(serviceName: string): Values {
  return {
    serviceName,
    name: serviceName,
    state: "running",
    vcore: 1,
    zone: "Region OpenStack: os-lab1",
    cluster: "",
    memoryLimit: 2048,
    offerType: "ssd",
    monitoringIpBlocks: [],
  };
}
