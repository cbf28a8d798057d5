import * as pulumi from "@pulumi/pulumi";

/** The value of an input; undefined where a preview does not know it yet. */
export async function knownValue<T>(value: pulumi.Input<T>): Promise<pulumi.Unwrap<T> | undefined> {
  // What `apply` cannot tell: it does not call back at all in such a preview.
  const output = pulumi.output(value) as unknown as { isKnown: Promise<boolean>; promise(): Promise<pulumi.Unwrap<T>> };
  return (await output.isKnown) ? output.promise() : undefined;
}
