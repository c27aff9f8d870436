// Clients in other languages do what their users do with them, against Leveret: npm run test:ecosystem. With AMQP_URL set,
// against the broker there: they must be content with RabbitMQ, too.
import { installMissing, PackageError } from './debian.mjs';
import { compile, ensureInstalled, filesUnder, run } from './project.mjs';

const PACKAGES = new Map([
  ['/usr/lib/python3/dist-packages/kombu/__init__.py', 'python3-kombu'],
  ['/usr/lib/python3/dist-packages/celery/__init__.py', 'python3-celery'],
  ['/usr/share/rubygems-integration/all/specifications/bunny-2.19.0.gemspec', 'ruby-bunny'],
  ['/usr/share/php/PhpAmqpLib/autoload.php', 'php-amqplib'],
  ['/usr/bin/php', 'php-cli'],
  ['/usr/bin/rabbitmqadmin', 'rabbitmq-server'],
  ['/usr/bin/check_rabbitmq_overview', 'nagios-plugins-rabbitmq'],
]);

try {
  installMissing(PACKAGES);
} catch (error) {
  if (!(error instanceof PackageError)) throw error;
  console.error(`test:ecosystem: ${error.message}`);
  process.exit(1);
}
ensureInstalled();
compile('test');
const files = filesUnder('test/ecosystem', '.test.ts').map((path) => `build/${path.replace(/ts$/, 'js')}`);
run(process.execPath, '--enable-source-maps', '--test', '--test-reporter=spec', ...files);
