import { describe, expect, it } from "vitest";
import { refuseUnreached, ubuntuMirror } from "../../lab/ubuntuArchive";

describe("the archive of Ubuntu", () => {
  it("the archive of Ubuntu is the official one, or the mirror that is named", () => {
    expect(ubuntuMirror()).toBe("http://archive.ubuntu.com/ubuntu");
    expect(ubuntuMirror("")).toBe("http://archive.ubuntu.com/ubuntu");
    expect(ubuntuMirror("http://mirror.example.org:8080/ubuntu/")).toBe("http://mirror.example.org:8080/ubuntu");
  });

  it.each(["https://mirror.example.org/ubuntu", "mirror.example.org", "http://", "http://mirror.example.org/a b"])(
    "the archive of Ubuntu is not taken from %j, and what is taken is said",
    (named) => {
      expect(() => ubuntuMirror(named)).toThrow(`UBUNTU_MIRROR is '${named}'; it must be the http:// address`);
    },
  );

  it("the archive of Ubuntu that does not answer is named in one sentence, with the reason and the way out", () => {
    const mirror = "http://mirror.example.org/ubuntu";
    const said = (stderr: string) => () => refuseUnreached(mirror, { exitCode: 6, stdout: "", stderr });
    expect(said("curl: (6) Could not resolve host: mirror.example.org\n")).toThrow(
      /^Ubuntu's archive is not reached at http:\/\/mirror\.example\.org\/ubuntu \(curl: \(6\) Could not resolve host: mirror\.example\.org\); UBUNTU_MIRROR=http:\/\/… names a mirror that is\.$/,
    );
    expect(said("")).toThrow("(curl ended with status 6)");
    expect(() => refuseUnreached(mirror, { exitCode: 0, stdout: "", stderr: "" })).not.toThrow();
  });
});
