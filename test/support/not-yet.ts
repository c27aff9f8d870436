/** For checks of what RabbitMQ does and Leveret does not do yet: they must pass there, and may fail here. */
export const NOT_YET: { todo?: boolean } = process.env['AMQP_URL'] === undefined ? { todo: true } : {};
