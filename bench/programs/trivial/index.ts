import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

/** The least that a change of a machine can be: one command that reads its standard input. */
const config = new pulumi.Config("bench");
const connection = config.requireObject<command.types.input.remote.ConnectionArgs>("connection");

new command.remote.Command("trivial", {
  connection,
  create: "cat >/root/trivial",
  update: "cat >/root/trivial",
  stdin: config.require("stdin"),
});
