import { refusal } from "./refusal";

/** Loads a provider's SDK, which only those need to install who use the provider. @throws with what to install, where it is not there */
export function loadSdk<Sdk>(npmPackage: string, usedBy: string): Sdk {
  try {
    return require(npmPackage) as Sdk;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw cause;
    throw refusal(
      `${usedBy} needs the npm package ${npmPackage}, which is not installed; run \`npm install ${npmPackage}\``,
    );
  }
}
