import { cutPower, machine } from "../../../lab/lab";
import { must } from "../../../lab/processes";
import { pause } from "../../../lab/progress";
import { cuts, draw, fullDisks, type Instant, instants } from "./chance";
import type { Session } from "./server";
import type { Subject } from "./subject";

const at = ({ line, wait }: Instant) => `${wait} ms after "${line}"`;

/** The machine loses its current, so many times in a first and in a later up. @param up what an up is called */
export function losesPower(subject: Subject, powerCuts: number, up: string): void {
  const { server } = subject;
  const powerCut = async (session: Session) => {
    await cutPower(server.machine);
    session.kill();
  };

  server.step(
    `${powerCuts} power cuts of a first ${up}`,
    async () => {
      for (const instant of instants(`first ${up}`, powerCuts, subject.measured("first up").lines)) {
        await server.renew();
        subject.ledger.clear();
        const strike = { ...instant, blow: powerCut };
        await subject.surviveFirst(`power cut of a first ${up}`, at(instant), () =>
          server.activate(server.args, { strike }),
        );
      }
    },
    { seconds: 60 + 120 * powerCuts },
  );

  server.step(
    `${powerCuts} power cuts of a later ${up}`,
    async () => {
      for (const instant of instants(`later ${up}`, powerCuts, subject.measured("next").lines)) {
        const strike = { ...instant, blow: powerCut };
        await subject.survive(`power cut of a later ${up}`, at(instant), () =>
          server.activate(subject.next, { strike }),
        );
      }
    },
    { seconds: 60 + 90 * powerCuts },
  );
}

/** The agent, or the way to it, goes. */
export function losesItsDeployer(subject: Subject): void {
  const { server } = subject;
  const { host } = server;
  const holder = "sed -n 's/^process \\([0-9]*\\) .*/\\1/p' /run/pulumi-mailserver.lock";
  const blows: Record<string, (session: Session) => Promise<unknown>> = {
    "agent killed": async () => host.shell(`kill -9 $(${holder})`),
    "deployer killed": async (session) => session.kill(),
    "network cut": async (session) => {
      const { v4 } = machine(server.machine);
      const route = ["ip", "route", "add", "blackhole", `${v4}/32`];
      await must("The network could not be cut", route);
      await pause(1500);
      session.kill();
      await must("The network could not be mended", route.with(2, "del"));
    },
  };
  for (const [event, blow] of Object.entries(blows)) {
    server.step(
      `${cuts} times: ${event}`,
      async () => {
        for (const instant of instants(event, cuts, subject.measured("next").lines)) {
          const strike = { ...instant, blow };
          await subject.survive(event, at(instant), () => server.activate(subject.next, { strike }));
        }
      },
      { seconds: 60 + 90 * cuts },
    );
  }
}

/** A file system has room for some of what an activation writes, and no more. */
export function hasFullDisks(subject: Subject): void {
  const { server } = subject;
  // How many pages are too few for all that an activation writes there.
  const needs = { "/var/lib/pulumi-mailserver": 60, "/etc": 80 };
  for (const [folder, most] of Object.entries(needs)) {
    server.step(
      `${fullDisks} times: ${folder} is full`,
      async () => {
        for (const room of draw(`full ${folder}`, fullDisks, most)) {
          await withSmallDisk(subject, folder, room, () =>
            subject.survive(`${folder} is full`, `room for ${room * 4} KiB`, async () => {
              const attempt = await server.activate(subject.next);
              await server.host.shell(`mount -o remount,size=64m ${folder}`);
              return attempt;
            }),
          );
        }
      },
      { seconds: 60 + 90 * fullDisks },
    );
  }
}

/** Puts a folder on a file system of its own that has room for so many pages more, for a while. */
async function withSmallDisk(
  subject: Subject,
  folder: string,
  pages: number,
  work: () => Promise<void>,
): Promise<void> {
  const { host } = subject.server;
  // As the agent copies from one file system to another: without holes.
  const copy = (from: string, to: string) => `cp -a --sparse=never ${from}/. ${to}/`;
  await host.shell(
    `mkdir /run/small; mount -t tmpfs -o mode=755,size=64m small /run/small; ${copy(folder, "/run/small")};
     chmod --reference=${folder} /run/small; mount --move /run/small ${folder} || mount --bind /run/small ${folder};
     used=$(df --output=used -B4096 ${folder} | tail -1); mount -o remount,size=$(( (used + ${pages}) * 4096 )) ${folder}`,
  );
  try {
    await work();
  } finally {
    await host.shell(
      `mkdir -p /run/grown; ${copy(folder, "/run/grown")}; umount ${folder}; umount /run/small;
       find ${folder} -mindepth 1 -delete; ${copy("/run/grown", folder)}; rm -rf /run/grown /run/small`,
    );
  }
}
