import { join } from 'node:path'
import { startAdminDouble, type Scenario } from './admin-double.ts'

// node test/console/serve-double.ts [SCENARIO]: the console with sample data, for working on it and for pictures.
const scenario = (process.argv[2] ?? 'ordinary') as Scenario
const double = await startAdminDouble(join(import.meta.dirname, '../../console/dist'), scenario)
console.log(double.url)
