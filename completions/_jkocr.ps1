
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'jkocr' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'jkocr'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'jkocr' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Set up the way to the OCR server: ask, try the login, write config.toml')
            [CompletionResult]::new('up', 'up', [CompletionResultType]::ParameterValue, 'Answer Bob, through a tunnel to the OCR server or on this machine')
            [CompletionResult]::new('down', 'down', [CompletionResultType]::ParameterValue, 'End the running up or local')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Say how the running up or local is')
            [CompletionResult]::new('logs', 'logs', [CompletionResultType]::ParameterValue, 'Print the log of up --detach')
            [CompletionResult]::new('local', 'local', [CompletionResultType]::ParameterValue, 'Answer Bob on this machine only')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Say what is wrong between Bob and the server, and what to do about it')
            [CompletionResult]::new('ocr', 'ocr', [CompletionResultType]::ParameterValue, 'Print the text of images and PDFs')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Answer OCR requests, on the VPS')
            [CompletionResult]::new('models', 'models', [CompletionResultType]::ParameterValue, 'Fetch, check and list models')
            [CompletionResult]::new('service', 'service', [CompletionResultType]::ParameterValue, 'Run jkocr as a service of the system')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page, or write all of them into a folder')
            [CompletionResult]::new('bench', 'bench', [CompletionResultType]::ParameterValue, 'Time the stages of reading an image on this machine')
            break
        }
        'jkocr;init' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Account on the host')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port of the host''s sshd')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Key file to log in with; auto leaves the choice to ssh and its agent')
            [CompletionResult]::new('--remote-port', '--remote-port', [CompletionResultType]::ParameterName, 'Port of the OCR server on the host, or host:port, or the path of its Unix socket')
            [CompletionResult]::new('--accept-host-key', '--accept-host-key', [CompletionResultType]::ParameterName, 'Accept the key of a host that is not known yet, if this is its fingerprint')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('--ssh-config', '--ssh-config', [CompletionResultType]::ParameterName, 'Also make the host known to ssh as jk-ocr-vps, in ~/.ssh/config')
            [CompletionResult]::new('--no-ssh-config', '--no-ssh-config', [CompletionResultType]::ParameterName, 'Leave ~/.ssh/config alone')
            [CompletionResult]::new('--defaults', '--defaults', [CompletionResultType]::ParameterName, 'Ask nothing: take the default of every question that no flag answers')
            [CompletionResult]::new('--skip-login', '--skip-login', [CompletionResultType]::ParameterName, 'Write without logging in first')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;up' {
            [CompletionResult]::new('--fallback', '--fallback', [CompletionResultType]::ParameterName, 'When this machine reads a screenshot itself')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'File with the token that requests must carry (Authorization: Bearer)')
            [CompletionResult]::new('--models', '--models', [CompletionResultType]::ParameterName, 'Models to read with: auto, or a set of `jkocr models list`')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Threads of inference; 0 takes every physical core, on a Mac every fast one')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'What pages are read for')
            [CompletionResult]::new('--reading-order', '--reading-order', [CompletionResultType]::ParameterName, 'Order of a page''s lines')
            [CompletionResult]::new('--layout', '--layout', [CompletionResultType]::ParameterName, 'What becomes of a page''s lines')
            [CompletionResult]::new('--doc-orientation', '--doc-orientation', [CompletionResultType]::ParameterName, 'Turn pages that lie on their side or head, with a document model')
            [CompletionResult]::new('--doc-unwarping', '--doc-unwarping', [CompletionResultType]::ParameterName, 'Flatten pages that are bent, with a document model')
            [CompletionResult]::new('--textline-orientation', '--textline-orientation', [CompletionResultType]::ParameterName, 'Turn lines that stand on their heads, with a document model')
            [CompletionResult]::new('--onnxruntime', '--onnxruntime', [CompletionResultType]::ParameterName, 'ONNX Runtime library to load instead of the downloaded one')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('--allow-remote', '--allow-remote', [CompletionResultType]::ParameterName, 'Allow an address that other machines can reach; needs --token-file')
            [CompletionResult]::new('--detach', '--detach', [CompletionResultType]::ParameterName, 'Run in the background, with a log file')
            [CompletionResult]::new('--no-fold', '--no-fold', [CompletionResultType]::ParameterName, 'Run the models as they were exported, which is slower')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;down' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;status' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, for programs')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;logs' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Go on with what is added')
            [CompletionResult]::new('--follow', '--follow', [CompletionResultType]::ParameterName, 'Go on with what is added')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;local' {
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'File with the token that requests must carry (Authorization: Bearer)')
            [CompletionResult]::new('--models', '--models', [CompletionResultType]::ParameterName, 'Models to read with: auto, or a set of `jkocr models list`')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Threads of inference; 0 takes every physical core, on a Mac every fast one')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'What pages are read for')
            [CompletionResult]::new('--reading-order', '--reading-order', [CompletionResultType]::ParameterName, 'Order of a page''s lines')
            [CompletionResult]::new('--layout', '--layout', [CompletionResultType]::ParameterName, 'What becomes of a page''s lines')
            [CompletionResult]::new('--doc-orientation', '--doc-orientation', [CompletionResultType]::ParameterName, 'Turn pages that lie on their side or head, with a document model')
            [CompletionResult]::new('--doc-unwarping', '--doc-unwarping', [CompletionResultType]::ParameterName, 'Flatten pages that are bent, with a document model')
            [CompletionResult]::new('--textline-orientation', '--textline-orientation', [CompletionResultType]::ParameterName, 'Turn lines that stand on their heads, with a document model')
            [CompletionResult]::new('--onnxruntime', '--onnxruntime', [CompletionResultType]::ParameterName, 'ONNX Runtime library to load instead of the downloaded one')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('--allow-remote', '--allow-remote', [CompletionResultType]::ParameterName, 'Allow an address that other machines can reach; needs --token-file')
            [CompletionResult]::new('--detach', '--detach', [CompletionResultType]::ParameterName, 'Run in the background, with a log file')
            [CompletionResult]::new('--no-fold', '--no-fold', [CompletionResultType]::ParameterName, 'Run the models as they were exported, which is slower')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;doctor' {
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Also write everything that was seen, with the last lines of the log, for a bug report')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, for programs')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;ocr' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print')
            [CompletionResult]::new('--min-score', '--min-score', [CompletionResultType]::ParameterName, 'Leave out lines that the model is less sure of than this')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where `--format searchable-pdf` is written')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where `--format searchable-pdf` is written')
            [CompletionResult]::new('--max-pages', '--max-pages', [CompletionResultType]::ParameterName, 'Read only this many pages of a PDF, from the first on')
            [CompletionResult]::new('--visualize', '--visualize', [CompletionResultType]::ParameterName, 'Also write the image with its lines framed and numbered, and their texts beside it')
            [CompletionResult]::new('--models', '--models', [CompletionResultType]::ParameterName, 'Models to read with: auto, or a set of `jkocr models list`')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Threads of inference; 0 takes every physical core, on a Mac every fast one')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'What pages are read for')
            [CompletionResult]::new('--reading-order', '--reading-order', [CompletionResultType]::ParameterName, 'Order of a page''s lines')
            [CompletionResult]::new('--layout', '--layout', [CompletionResultType]::ParameterName, 'What becomes of a page''s lines')
            [CompletionResult]::new('--doc-orientation', '--doc-orientation', [CompletionResultType]::ParameterName, 'Turn pages that lie on their side or head, with a document model')
            [CompletionResult]::new('--doc-unwarping', '--doc-unwarping', [CompletionResultType]::ParameterName, 'Flatten pages that are bent, with a document model')
            [CompletionResult]::new('--textline-orientation', '--textline-orientation', [CompletionResultType]::ParameterName, 'Turn lines that stand on their heads, with a document model')
            [CompletionResult]::new('--onnxruntime', '--onnxruntime', [CompletionResultType]::ParameterName, 'ONNX Runtime library to load instead of the downloaded one')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('--word-boxes', '--word-boxes', [CompletionResultType]::ParameterName, 'Also find the places of words, for `--format json`')
            [CompletionResult]::new('--no-fold', '--no-fold', [CompletionResultType]::ParameterName, 'Run the models as they were exported, which is slower')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;serve' {
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Address to listen on')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port to listen on')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Address and port, or `unix:/absolute/path`, instead of --host and --port')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'File with the token that requests must carry (Authorization: Bearer)')
            [CompletionResult]::new('--prefix-file', '--prefix-file', [CompletionResultType]::ParameterName, 'File with a secret that the path must begin with: /SECRET/ocr')
            [CompletionResult]::new('--queue', '--queue', [CompletionResultType]::ParameterName, 'Requests that may wait while one is read; more get 503')
            [CompletionResult]::new('--max-rss', '--max-rss', [CompletionResultType]::ParameterName, 'Load the models anew when idle with more memory resident than this (1GiB); 0 never does')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines look')
            [CompletionResult]::new('--log-level', '--log-level', [CompletionResultType]::ParameterName, 'Least severe log lines to show, for scripts of the old server')
            [CompletionResult]::new('--models', '--models', [CompletionResultType]::ParameterName, 'Models to read with: auto, or a set of `jkocr models list`')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Threads of inference; 0 takes every physical core, on a Mac every fast one')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'What pages are read for')
            [CompletionResult]::new('--reading-order', '--reading-order', [CompletionResultType]::ParameterName, 'Order of a page''s lines')
            [CompletionResult]::new('--layout', '--layout', [CompletionResultType]::ParameterName, 'What becomes of a page''s lines')
            [CompletionResult]::new('--doc-orientation', '--doc-orientation', [CompletionResultType]::ParameterName, 'Turn pages that lie on their side or head, with a document model')
            [CompletionResult]::new('--doc-unwarping', '--doc-unwarping', [CompletionResultType]::ParameterName, 'Flatten pages that are bent, with a document model')
            [CompletionResult]::new('--textline-orientation', '--textline-orientation', [CompletionResultType]::ParameterName, 'Turn lines that stand on their heads, with a document model')
            [CompletionResult]::new('--onnxruntime', '--onnxruntime', [CompletionResultType]::ParameterName, 'ONNX Runtime library to load instead of the downloaded one')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('--socket-group', '--socket-group', [CompletionResultType]::ParameterName, 'Let the group of the Unix socket connect, too (mode 0660)')
            [CompletionResult]::new('--allow-remote', '--allow-remote', [CompletionResultType]::ParameterName, 'Allow an address that other machines can reach; needs --token-file')
            [CompletionResult]::new('--no-fold', '--no-fold', [CompletionResultType]::ParameterName, 'Run the models as they were exported, which is slower')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;models' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show what there is and what is installed')
            [CompletionResult]::new('pull', 'pull', [CompletionResultType]::ParameterValue, 'Download models, and the ONNX Runtime with them')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Read everything that is installed again and compare its digest')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Install files that are already here, also those in wheels, zip and tar archives')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Delete installed files')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where the files are, or where one is')
            break
        }
        'jkocr;models;list' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;models;pull' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;models;verify' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;models;import' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;models;remove' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;models;path' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;service' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('install', 'install', [CompletionResultType]::ParameterValue, 'Run jkocr from now on, and whenever the system or the session starts')
            [CompletionResult]::new('uninstall', 'uninstall', [CompletionResultType]::ParameterValue, 'Stop it and remove everything that install put there')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Say what is installed and whether it runs')
            [CompletionResult]::new('print', 'print', [CompletionResultType]::ParameterValue, 'Print the unit or property list that install would write')
            break
        }
        'jkocr;service;install' {
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'Install into the system below this folder, which does not run')
            [CompletionResult]::new('--program', '--program', [CompletionResultType]::ParameterName, 'The program to run instead of this one')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'systemd: run one server on this port; again for more, behind a load balancer')
            [CompletionResult]::new('--memory-max', '--memory-max', [CompletionResultType]::ParameterName, 'systemd: memory that all of it may use, such as 75% or 3GiB')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('--systemd', '--systemd', [CompletionResultType]::ParameterName, 'A systemd unit for `jkocr serve`: the default, except on a Mac')
            [CompletionResult]::new('--launchd', '--launchd', [CompletionResultType]::ParameterName, 'A launchd agent for `jkocr up`: the default on a Mac')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'A unit of your own, which needs no root and protects less')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Only say what would be done')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;service;uninstall' {
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'Install into the system below this folder, which does not run')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('--systemd', '--systemd', [CompletionResultType]::ParameterName, 'A systemd unit for `jkocr serve`: the default, except on a Mac')
            [CompletionResult]::new('--launchd', '--launchd', [CompletionResultType]::ParameterName, 'A launchd agent for `jkocr up`: the default on a Mac')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'A unit of your own, which needs no root and protects less')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Only say what would be done')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;service;status' {
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'Install into the system below this folder, which does not run')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('--systemd', '--systemd', [CompletionResultType]::ParameterName, 'A systemd unit for `jkocr serve`: the default, except on a Mac')
            [CompletionResult]::new('--launchd', '--launchd', [CompletionResultType]::ParameterName, 'A launchd agent for `jkocr up`: the default on a Mac')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'A unit of your own, which needs no root and protects less')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;service;print' {
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'Install into the system below this folder, which does not run')
            [CompletionResult]::new('--program', '--program', [CompletionResultType]::ParameterName, 'The program to run instead of this one')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'systemd: run one server on this port; again for more, behind a load balancer')
            [CompletionResult]::new('--memory-max', '--memory-max', [CompletionResultType]::ParameterName, 'systemd: memory that all of it may use, such as 75% or 3GiB')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('--systemd', '--systemd', [CompletionResultType]::ParameterName, 'A systemd unit for `jkocr serve`: the default, except on a Mac')
            [CompletionResult]::new('--launchd', '--launchd', [CompletionResultType]::ParameterName, 'A launchd agent for `jkocr up`: the default on a Mac')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'A unit of your own, which needs no root and protects less')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;completions' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;man' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'jkocr;bench' {
            [CompletionResult]::new('--rounds', '--rounds', [CompletionResultType]::ParameterName, 'How often each image is read')
            [CompletionResult]::new('--models', '--models', [CompletionResultType]::ParameterName, 'Models to read with: auto, or a set of `jkocr models list`')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Threads of inference; 0 takes every physical core, on a Mac every fast one')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'What pages are read for')
            [CompletionResult]::new('--reading-order', '--reading-order', [CompletionResultType]::ParameterName, 'Order of a page''s lines')
            [CompletionResult]::new('--layout', '--layout', [CompletionResultType]::ParameterName, 'What becomes of a page''s lines')
            [CompletionResult]::new('--doc-orientation', '--doc-orientation', [CompletionResultType]::ParameterName, 'Turn pages that lie on their side or head, with a document model')
            [CompletionResult]::new('--doc-unwarping', '--doc-unwarping', [CompletionResultType]::ParameterName, 'Flatten pages that are bent, with a document model')
            [CompletionResult]::new('--textline-orientation', '--textline-orientation', [CompletionResultType]::ParameterName, 'Turn lines that stand on their heads, with a document model')
            [CompletionResult]::new('--onnxruntime', '--onnxruntime', [CompletionResultType]::ParameterName, 'ONNX Runtime library to load instead of the downloaded one')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration file instead of the usual one')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--lang', '--lang', [CompletionResultType]::ParameterName, 'Language of messages')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print a JSON document instead of a table')
            [CompletionResult]::new('--no-fold', '--no-fold', [CompletionResultType]::ParameterName, 'Run the models as they were exported, which is slower')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more in the log; twice for everything')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Never download anything')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
