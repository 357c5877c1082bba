// Takes a name on the session bus and answers nothing that is sent to it: a prompt that nobody ever closes.
// Speaks just enough D-Bus for that (Hello, RequestName); prints "owned" once it has the name.
import { connect } from "node:net";

const [, , name] = process.argv;
const path = /unix:path=([^,;]+)/.exec(process.env["DBUS_SESSION_BUS_ADDRESS"] ?? "")?.[1];
const socket = connect(path);

const padded = (bytes, size) => Buffer.concat([bytes, Buffer.alloc((size - (bytes.length % size)) % size)]);
const uint32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const text = (value) => Buffer.concat([uint32(Buffer.byteLength(value)), Buffer.from(`${value}\0`)]);
const signature = (value) => Buffer.concat([Buffer.from([value.length]), Buffer.from(`${value}\0`)]);
const field = (code, type, value) => Buffer.concat([Buffer.from([code, 1, type.charCodeAt(0), 0]), value]);

function call(serial, member, types = "", body = Buffer.alloc(0)) {
  const fields = [
    field(1, "o", text("/org/freedesktop/DBus")),
    field(2, "s", text("org.freedesktop.DBus")),
    field(3, "s", text(member)),
    field(6, "s", text("org.freedesktop.DBus")),
    ...(types ? [field(8, "g", signature(types))] : []),
  ].reduce((all, one) => Buffer.concat([padded(all, 8), one]), Buffer.alloc(0));
  const start = Buffer.concat([
    Buffer.from("l\x01\x00\x01"),
    uint32(body.length),
    uint32(serial),
    uint32(fields.length),
  ]);
  return Buffer.concat([padded(Buffer.concat([start, fields]), 8), body]);
}

socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(process.getuid())).toString("hex")}\r\n`);
let begun = false;
socket.on("data", (bytes) => {
  if (!begun && bytes.toString().startsWith("OK")) {
    begun = true;
    socket.write("BEGIN\r\n");
    socket.write(call(1, "Hello"));
    socket.write(call(2, "RequestName", "su", Buffer.concat([padded(text(name), 4), uint32(4)])));
  } else if (bytes.includes("NameAcquired") && bytes.includes(name)) {
    process.stdout.write("owned\n");
  }
});
