import { callSyntaxOf, type CallSyntax } from './call-syntax.ts'

// Chat templates for the tests: short ones of our own, with tools in the place and form that each family has them in.

export const TEMPLATES: Readonly<Record<CallSyntax['family'], string>> = {
  hermes: `
{%- if tools %}
  {{- '<|im_start|>system\\n' }}
  {%- if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{%- endif %}
  {{- '<tools>' }}{%- for tool in tools %}{{- '\\n' }}{{- tool | tojson }}{%- endfor %}
  {{- '\\n</tools>\\nCall: <tool_call>{name, arguments}</tool_call><|im_end|>\\n' }}
{%- elif messages[0].role == 'system' %}{{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
  {%- if message.role == 'user' or (message.role == 'system' and not loop.first) or (message.role == 'assistant' and not message.tool_calls) %}
    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
  {%- elif message.role == 'assistant' %}
    {{- '<|im_start|>assistant' }}{%- if message.content %}{{- '\\n' + message.content }}{%- endif %}
    {%- for call in message.tool_calls %}
      {%- if call.function is defined %}{%- set call = call.function %}{%- endif %}
      {{- '\\n<tool_call>\\n{"name": "' + call.name + '", "arguments": ' }}{{- call.arguments | tojson }}{{- '}\\n</tool_call>' }}
    {%- endfor %}{{- '<|im_end|>\\n' }}
  {%- elif message.role == 'tool' %}
    {%- if loop.first or messages[loop.index0 - 1].role != 'tool' %}{{- '<|im_start|>user' }}{%- endif %}
    {{- '\\n<tool_response>\\n' + message.content + '\\n</tool_response>' }}
    {%- if loop.last or messages[loop.index0 + 1].role != 'tool' %}{{- '<|im_end|>\\n' }}{%- endif %}
  {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}`.trim(),

  llama: `
{{- bos_token }}
{%- if messages[0].role == 'system' %}{%- set system = messages[0].content | trim %}{%- set messages = messages[1:] %}{%- else %}{%- set system = '' %}{%- endif %}
{{- '<|start_header_id|>system<|end_header_id|>\\n\\n' + system + '<|eot_id|>' }}
{%- if tools is defined and tools is not none %}
  {%- set first = messages[0].content | trim %}{%- set messages = messages[1:] %}
  {{- '<|start_header_id|>user<|end_header_id|>\\n\\nAnswer with {"name": function, "parameters": its arguments}.\\n\\n' }}
  {%- for tool in tools %}{{- tool | tojson(indent=4) }}{{- '\\n\\n' }}{%- endfor %}
  {{- first + '<|eot_id|>' }}
{%- endif %}
{%- for message in messages %}
  {%- if message.tool_calls is defined and message.tool_calls %}
    {%- if message.tool_calls | length != 1 %}{{- raise_exception('only one call at a time') }}{%- endif %}
    {%- set call = message.tool_calls[0].function %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n{"name": "' + call.name + '", "parameters": ' }}{{- call.arguments | tojson }}{{- '}<|eot_id|>' }}
  {%- elif message.role == 'tool' or message.role == 'ipython' %}
    {{- '<|start_header_id|>ipython<|end_header_id|>\\n\\n' }}
    {%- if message.content is mapping or message.content is iterable %}{{- message.content | tojson }}{%- else %}{{- message.content }}{%- endif %}
    {{- '<|eot_id|>' }}
  {%- else %}{{- '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' + message.content | trim + '<|eot_id|>' }}
  {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}`.trim(),

  mistral: `
{%- if messages[0].role == 'system' %}{%- set system = messages[0].content %}{%- set turns = messages[1:] %}{%- else %}{%- set turns = messages %}{%- endif %}
{{- bos_token }}
{%- for message in turns %}
  {%- if message.role == 'user' %}
    {%- if tools is defined and loop.first %}
      {{- '[AVAILABLE_TOOLS] [' }}
      {%- for tool in tools %}
        {{- '{"type": "function", "function": {' }}
        {%- for key, value in tool.function.items() if key != 'return' %}
          {%- if value is string %}{{- '"' + key + '": "' + value + '"' }}{%- else %}{{- '"' + key + '": ' + value | tojson }}{%- endif %}
          {%- if not loop.last %}{{- ', ' }}{%- endif %}
        {%- endfor %}{{- '}}' }}{%- if not loop.last %}{{- ', ' }}{%- endif %}
      {%- endfor %}{{- '][/AVAILABLE_TOOLS]' }}
    {%- endif %}
    {%- if loop.last and system is defined %}{{- '[INST] ' + system + '\\n\\n' + message.content + '[/INST]' }}{%- else %}{{- '[INST] ' + message.content + '[/INST]' }}{%- endif %}
  {%- elif message.tool_calls is defined and message.tool_calls is not none %}
    {{- '[TOOL_CALLS] [' }}
    {%- for call in message.tool_calls %}
      {%- set out = call.function | tojson %}{{- out[:-1] }}
      {%- if call.id is not defined or call.id | length != 9 %}{{- raise_exception('ids have 9 letters') }}{%- endif %}
      {{- ', "id": "' + call.id + '"}' }}{%- if not loop.last %}{{- ', ' }}{%- endif %}
    {%- endfor %}{{- ']' + eos_token }}
  {%- elif message.role == 'assistant' %}{{- ' ' + message.content | trim + eos_token }}
  {%- elif message.role == 'tool' %}
    {{- '[TOOL_RESULTS] {"content": ' + message.content | string + ', "call_id": "' + message.tool_call_id + '"}[/TOOL_RESULTS]' }}
  {%- else %}{{- raise_exception('Only user, assistant and tool roles are supported') }}
  {%- endif %}
{%- endfor %}`.trim(),

  'mistral-args': `
{{- bos_token }}{%- if tools %}{{- '[AVAILABLE_TOOLS]' + (tools | tojson) + '[/AVAILABLE_TOOLS]' }}{%- endif %}
{%- for message in messages %}
  {%- if message.role == 'system' %}{{- '[SYSTEM_PROMPT]' + message.content + '[/SYSTEM_PROMPT]' }}
  {%- elif message.role == 'user' %}{{- '[INST]' + message.content + '[/INST]' }}
  {%- elif message.role == 'tool' %}{{- '[TOOL_RESULTS]' + message.content + '[/TOOL_RESULTS]' }}
  {%- else %}
    {%- if message.content %}{{- message.content }}{%- endif %}
    {%- for call in message.tool_calls or [] %}{{- '[TOOL_CALLS]' + call.function.name + '[ARGS]' + call.function.arguments }}{%- endfor %}
    {{- eos_token }}
  {%- endif %}
{%- endfor %}`.trim(),

  'mistral-ids': `
{{- bos_token }}{%- if tools %}{{- '[AVAILABLE_TOOLS]' + (tools | tojson) + '[/AVAILABLE_TOOLS]' }}{%- endif %}
{%- for message in messages %}
  {%- if message.role == 'system' %}{{- '[SYSTEM_PROMPT]' + message.content + '[/SYSTEM_PROMPT]' }}
  {%- elif message.role == 'user' %}{{- '[INST]' + message.content + '[/INST]' }}
  {%- elif message.role == 'tool' %}{{- '[TOOL_RESULTS]' + message.tool_call_id + '[TOOL_CONTENT]' + message.content + '[/TOOL_RESULTS]' }}
  {%- else %}
    {%- if message.content %}{{- message.content }}{%- endif %}
    {%- for call in message.tool_calls or [] %}{{- '[TOOL_CALLS]' + call.function.name + '[CALL_ID]' + call.id + '[ARGS]' + call.function.arguments }}{%- endfor %}
    {{- eos_token }}
  {%- endif %}
{%- endfor %}`.trim(),

  command: `
{{- bos_token }}
{%- if tools %}
  {{- '<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>[' }}
  {%- for tool in tools %}
    {{- '\\n{"name": "' + tool.function.name + '", "description": "' + tool.function.description + '", "parameters": ' + tool.function.parameters | tojson + '}' }}{%- if not loop.last %}{{- ',' }}{%- endif %}
  {%- endfor %}{{- '\\n]<|END_OF_TURN_TOKEN|>' }}
{%- endif %}
{%- for message in messages %}
  {%- if message.role == 'tool' %}
    {{- '<|START_TOOL_RESULT|>[{"tool_call_id": "' + message.tool_call_id + '", "results": {"0": ' + message.content | tojson + '}}]<|END_TOOL_RESULT|>' }}
  {%- elif message.tool_calls %}
    {%- if message.content %}{{- '<|START_THINKING|>' + message.content + '<|END_THINKING|>' }}{%- endif %}
    {{- '<|START_ACTION|>[' }}
    {%- for call in message.tool_calls %}
      {{- '\\n{"tool_call_id": "' + call.id + '", "tool_name": "' + call.function.name + '", "parameters": ' + call.function.arguments | tojson + '}' }}{%- if not loop.last %}{{- ',' }}{%- endif %}
    {%- endfor %}{{- '\\n]<|END_ACTION|>' }}
  {%- else %}{{- '<|' + message.role + '|>' + message.content + '<|END_OF_TURN_TOKEN|>' }}
  {%- endif %}
{%- endfor %}
{{- '<|assistant|>' }}`.trim(),

  generic: `{% for m in messages %}{% if m.role not in ['system', 'user', 'assistant'] %}{{ raise_exception('a role of its own') }}{% endif %}<|im_start|>{{ m.role }}
{{ m.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`,
}

export const FAMILY_NAMES = Object.keys(TEMPLATES) as readonly CallSyntax['family'][]

export function syntaxOf(family: CallSyntax['family']): CallSyntax {
  return callSyntaxOf(TEMPLATES[family])
}
