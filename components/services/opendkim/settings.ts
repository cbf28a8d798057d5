import { argsObject } from "../../declaration";
import { fragment } from "../../schemaFields";

const opendkim = argsObject("OpendkimArgs", "Additional configuration of OpenDKIM.", {
  conf: fragment.meta({
    description: "Text at the end of opendkim.conf (opendkim.conf(5)). OpenDKIM checks it before it is in use.",
  }),
});

export const opendkimSettings = {
  machine: {
    opendkim: opendkim.prefault({}).meta({
      description: "Additional configuration of OpenDKIM.",
      default: "none",
    }),
  },
};
