import type { MachineModel } from "../../model";
import type { Role } from "../../role";
import { publicFile } from "../../roleFiles";

/** Which tools there are. */
export interface Tools {
  mailx: boolean;
  mailLog: boolean;
  pflogsumm: boolean;
  dailyReport: boolean;
}

const scriptPath = "/usr/local/lib/pulumi-mailserver/report";
const servicePath = "/etc/systemd/system/mailserver-report.service";
const timer = "mailserver-report.timer";
const timerPath = `/etc/systemd/system/${timer}`;

export function toolsRole({ hostname, platform: { packages } }: MachineModel, tools: Tools): Role {
  return {
    name: "tools",
    packages: [
      ...(tools.mailx ? packages.mailx : []),
      ...(tools.mailLog ? packages.mailLog : []),
      ...(tools.pflogsumm ? packages.pflogsumm : []),
    ],
    files: tools.dailyReport
      ? [
          { ...publicFile(scriptPath, script(hostname)), mode: "0755" },
          publicFile(servicePath, service),
          publicFile(timerPath, everyMorning),
        ]
      : [],
    units: [
      ...(tools.mailLog ? [{ name: "rsyslog.service" }, { name: "logrotate.timer" }] : []),
      ...(tools.dailyReport ? [{ name: timer, restartOn: [timerPath] }] : []),
    ],
  };
}

/** Of the journal, which is there whether a text file is or not. */
const script = (hostname: string) => `#!/bin/sh
set -e
export LC_ALL=C.UTF-8
{
  date -d yesterday '+From: root%nTo: root%nSubject: Mail of ${hostname} on %F%nContent-Type: text/plain; charset=utf-8%n'
  journalctl -q -o short --since yesterday --until today SYSLOG_FACILITY=2 | pflogsumm --problems_first
} | sendmail -i -t
`;

const service = `[Unit]
Description=Sums of yesterday's mail for the postmaster

[Service]
Type=oneshot
ExecStart=${scriptPath}
`;

const everyMorning = `[Unit]
Description=Sums of yesterday's mail for the postmaster

[Timer]
OnCalendar=*-*-* 00:15
RandomizedDelaySec=15m
Persistent=true

[Install]
WantedBy=timers.target
`;
