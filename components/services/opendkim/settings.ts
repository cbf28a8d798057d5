import { argsObject } from "../../declaration";
import { fragment } from "../../schemaFields";

const opendkim = argsObject("OpendkimArgs", "An addition to OpenDKIM's file.", {
  conf: fragment.meta({
    description:
      "Text that stands at the end of opendkim.conf (opendkim.conf(5)). OpenDKIM judges it before it is in use.",
  }),
});

export const opendkimSettings = {
  machine: {
    opendkim: opendkim.prefault({}).meta({
      description: "Settings of OpenDKIM that have no member of their own here.",
      default: "none",
    }),
  },
};
