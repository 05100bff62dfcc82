// A photo sent by tus-js-client with its defaults: node upload.mjs ENDPOINT FILE AUTHORIZATION. Prints the upload's address.
import { createReadStream } from "node:fs";
import { Upload } from "tus-js-client";

const [endpoint, file, Authorization] = process.argv.slice(2);
const upload = new Upload(createReadStream(file), {
  endpoint,
  headers: { Authorization },
  onError(error) {
    throw error;
  },
  onSuccess() {
    console.log(upload.url);
  },
});
upload.start();
