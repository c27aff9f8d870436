import { type BrokerOptions, startBroker } from '#src/index.js';
import './turn-meter.ts';

// A broker with the options in the first argument, as JSON. It tells its parent where it listens.

const options = JSON.parse(process.argv[2]!) as BrokerOptions;
const { url, managementUrl } = await startBroker({ port: 0, managementPort: 0, ...options });
process.send!({ url, managementUrl });
