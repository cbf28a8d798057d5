import * as pulumi from "@pulumi/pulumi";

/**
 * Options of a component of which the children lay straight below `earlier` in earlier versions: they keep their identity, so that an upgrade replaces
 * nothing.
 */
export function movedFrom(earlier: pulumi.Resource): Pick<pulumi.ComponentResourceOptions, "transformations"> {
  let component: pulumi.Resource | undefined;
  return {
    transformations: [
      ({ resource, props, opts }) => {
        // It is asked about the component itself first, and about the children's children, which follow their parents, too.
        component ??= resource;
        return opts.parent === component
          ? { props, opts: pulumi.mergeOptions(opts, { aliases: [{ parent: earlier }] }) }
          : undefined;
      },
    ],
  };
}
