/** Numbers of AMQP 0-9-1 §4.2: frames, their limits and the protocol header. */
import { Buffer } from "node:buffer";

export const FRAME_METHOD = 1;
export const FRAME_HEADER = 2;
export const FRAME_BODY = 3;
export const FRAME_HEARTBEAT = 8;
export const FRAME_END = 0xce;

/** Type, channel and size before the payload. */
export const FRAME_HEAD = 7;
/** `FRAME_HEAD` and the end octet. */
export const FRAME_OVERHEAD = 8;
/** The least that a peer may ask for as `frame_max` (§4.2.3). */
export const FRAME_MIN_SIZE = 4096;

export const CLASS_BASIC = 60;

/** What a client sends first, and what a server answers to anything else (§4.2.2). */
export const PROTOCOL_HEADER: Buffer = Buffer.from("AMQP\x00\x00\x09\x01", "latin1");

export const HEARTBEAT_FRAME: Buffer = Buffer.of(FRAME_HEARTBEAT, 0, 0, 0, 0, 0, 0, FRAME_END);

/** Bits of a content header's property flags (§4.2.6.1). */
export const FLAG_CONTENT_TYPE = 0x8000;
export const FLAG_CONTENT_ENCODING = 0x4000;
export const FLAG_HEADERS = 0x2000;
export const FLAG_DELIVERY_MODE = 0x1000;
export const FLAG_PRIORITY = 0x0800;
export const FLAG_CORRELATION_ID = 0x0400;
export const FLAG_REPLY_TO = 0x0200;
export const FLAG_EXPIRATION = 0x0100;
export const FLAG_MESSAGE_ID = 0x0080;
export const FLAG_TIMESTAMP = 0x0040;
export const FLAG_TYPE = 0x0020;
export const FLAG_USER_ID = 0x0010;
export const FLAG_APP_ID = 0x0008;
export const FLAG_CLUSTER_ID = 0x0004;
/** Bits that stand for nothing in class basic; 0x0001 would announce a second flag word. */
export const FLAGS_UNKNOWN = 0x0003;
